# language: fr
@article-2-I-6
Fonctionnalité: Article 2, I, 6° : ce qu'un signalement transmet, et ce que les contacts apprennent
  « dans les quarante-huit heures qui précèdent la date de début des symptômes ainsi que dans la période comprise entre
  cette date et la date de transfert […] ou, à défaut de renseignement de la date de début des symptômes […], pendant les
  quinze jours qui précèdent le transfert »

  @ecart-1
  Scénario: Une rencontre d'avant les quarante-huit heures ne quitte pas le téléphone
    Le premier logiciel déployé transmettait tout (mise en demeure MED-2020-015 de la CNIL).

    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 10 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 6 jours
    Et que Johanna et Justin passent 60 minutes ensemble il y a 2 jours
    Quand on est aujourd'hui
    Et que Johanna se déclare malade, ses symptômes ayant commencé il y a 3 jours
    Alors le signalement ne nomme pas Sylvie
    Et Sylvie n'est pas à risque
    Et Justin est à risque

  @ecart-2
  Plan du scénario: Quarante-huit heures veulent dire quarante-huit heures : <avance> avant les symptômes
    Une rencontre de cinq minutes, soit trente messages, a commencé <avance> avant les symptômes. Le logiciel officiel
    comptait par jours entiers.

    Étant donné que Johanna et Sylvie ont l'application depuis 5 jours
    Et que Johanna et Sylvie passent 5 minutes ensemble il y a 3 jours
    Quand on est aujourd'hui
    Et que Johanna se déclare malade, ses symptômes ayant commencé il y a <symptômes>
    Alors le signalement contient <messages> messages

    Exemples:
      | avance                           | symptômes                       | messages |
      | 47 heures 59 minutes             | 1 jour 1 minute                 | 30       |
      | 47 heures 59 minutes 59 secondes | 24 heures 1 seconde             | 30       |
      | 48 heures                        | 1 jour                          | 30       |
      | 48 heures 1 seconde              | 23 heures 59 minutes 59 secondes | 29       |
      | 48 heures 1 minute               | 23 heures 59 minutes            | 24       |
      | 48 heures 5 minutes              | 23 heures 55 minutes            | 0        |
      | 71 heures                        | 1 heure                         | 0        |

  @ecart-3
  Plan du scénario: Sans date de symptômes, quinze jours : une rencontre d'il y a <date>
    Le logiciel officiel écrivait « inconnue » comme « moins un jour » : un ou deux jours partaient.

    Étant donné que Johanna et Sylvie ont l'application depuis 16 jours
    Et que Johanna et Sylvie passent 5 minutes ensemble il y a <date>
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le signalement contient <messages> messages

    Exemples:
      | date                       | messages |
      | 1 jour                     | 30       |
      | 2 jours                    | 30       |
      | 10 jours                   | 30       |
      | 14 jours 23 heures         | 30       |
      | 15 jours 6 minutes         | 0        |

  Scénario: « la seule information » est d'avoir été à proximité
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Sylvie est à risque
    Et Justin n'est pas à risque
    Et les réponses au statut ne disent rien d'autre que le niveau de risque

  @ecart-10
  Scénario: Sur le réseau, la réponse à une personne à risque ressemble à toute autre
    TousAntiCovid ajoutait des dates et un jeton pour les seules personnes à risque.

    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Lorsque Sylvie et Justin interrogent le serveur dans le même quart d'heure
    Alors Sylvie a appris qu'elle était à risque, et Justin non
    Et les deux réponses ont la même longueur et les mêmes en-têtes
