# language: fr
@article-2-I-9
Fonctionnalité: Article 2, I, 9° : le statut « contact à risque »
  « qui est retenu dès lors qu'un utilisateur de l'application a été, conformément aux critères définis par l'arrêté […], à
  proximité d'un autre utilisateur, ultérieurement dépisté ou diagnostiqué positif »

  Plan du scénario: <durée> à <distance> : <statut>
    L'algorithme déployé ne connaît ni mètre ni seuil de durée : il additionne, quart d'heure par quart d'heure, un risque
    qui décroît avec le niveau du signal. Une longue rencontre d'un peu loin finit donc par compter.

    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent <durée> ensemble à <distance>
    Lorsque Johanna se déclare malade
    Alors Sylvie <statut>

    Exemples:
      | durée      | distance   | statut             |
      | 20 minutes | 0,8 mètre  | est à risque       |
      | 15 minutes | 0,8 mètre  | n'est pas à risque |
      | 5 minutes  | 0,5 mètre  | n'est pas à risque |
      | 20 minutes | 5 mètres   | n'est pas à risque |
      | 60 minutes | 5 mètres   | est à risque       |
      | 60 minutes | 20 mètres  | n'est pas à risque |

  @ecart-6
  Scénario: Une personne à risque l'apprend, même si une réponse se perd
    Le premier serveur effaçait le statut en préparant la réponse : une réponse perdue perdait l'alerte.

    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Lorsque Sylvie interroge le serveur, mais que la réponse se perd
    Et que Sylvie interroge le serveur, mais que la réponse se perd
    Alors Sylvie est à risque
    Et Sylvie est à risque
