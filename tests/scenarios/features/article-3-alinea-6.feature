# language: fr
@article-3-alinea-6
Fonctionnalité: Article 3, alinéa 6 : les actes des administrateurs
  « Les actions réalisées par les administrateurs dans le traitement font l'objet d'un enregistrement, qui est conservé
  pendant une durée maximale de six mois à compter de la fin de l'état d'urgence sanitaire. Cet enregistrement comporte
  l'identification de l'administrateur, les données de traçabilité, notamment la date, l'heure et la nature de
  l'intervention dans le traitement. »

  Scénario: Chaque acte est enregistré avec son auteur, son moment et sa nature
    Un laboratoire n'est pas un administrateur : les codes qu'il remet ne sont pas enregistrés.

    Étant donné un bureau des codes
    Et que l'opérateur donne à Claire une clé d'opérateur
    Et que Claire donne à Bernard une clé de laboratoire
    Lorsque Claire demande 2 codes courts
    Et que Bernard demande un code long
    Et que l'opérateur révoque la clé de Bernard
    Alors l'enregistrement contient exactement:
      | auteur      | nature                         | objet    |
      | l'opérateur | a donné une clé d'opérateur    | Claire   |
      | Claire      | a donné une clé de laboratoire | Bernard  |
      | Claire      | a remis des codes              | 2 courts |
      | l'opérateur | a révoqué une clé              | Bernard  |

  Scénario: L'enregistrement reste tant que dure l'état d'urgence
    Étant donné un bureau des codes pendant l'état d'urgence
    Et que l'opérateur demande 2 codes longs
    Lorsque le serveur est remis en marche 400 jours plus tard
    Alors l'enregistrement contient exactement:
      | auteur      | nature            | objet   |
      | l'opérateur | a remis des codes | 2 longs |

  Scénario: Six mois après la fin de l'état d'urgence, il n'en reste rien
    Étant donné un bureau des codes après l'état d'urgence
    Et que l'opérateur donne à Claire une clé d'opérateur
    Et que l'opérateur donne à Bernard une clé de laboratoire
    Et que l'opérateur révoque la clé de Bernard
    Et que Claire demande 2 codes courts
    Lorsque le serveur est remis en marche 1 heure avant la fin du sixième mois
    Alors l'enregistrement contient exactement:
      | auteur      | nature                         | objet    |
      | l'opérateur | a donné une clé d'opérateur    | Claire   |
      | l'opérateur | a donné une clé de laboratoire | Bernard  |
      | l'opérateur | a révoqué une clé              | Bernard  |
      | Claire      | a remis des codes              | 2 courts |
    Lorsque le serveur est remis en marche 1 minute après la fin du sixième mois
    Alors il ne reste rien de l'enregistrement
