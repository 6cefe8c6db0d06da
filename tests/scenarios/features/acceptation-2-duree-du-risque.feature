# language: fr
@acceptation
Fonctionnalité: Combien de temps on reste à risque
  Les scénarios d'acceptation du système officiel, avec toutes leurs lignes d'exemple. Quand une heure est donnée, c'est
  celle du début de la rencontre, à Paris en hiver.

  Plan du scénario: Une heure ensemble il y a <date>, signalée alors : aujourd'hui on n'est plus à risque
    Étant donné que Johanna et Sylvie ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a <date>
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Et Sylvie est à risque
    Quand on est aujourd'hui
    Alors Sylvie n'est pas à risque

    Exemples:
      | date            |
      | 8 jours à 23:59 |
      | 8 jours         |
      | 10 jours        |
      | 15 jours        |

  Plan du scénario: Une heure ensemble il y a <date>, signalée alors : aujourd'hui on est toujours à risque
    Étant donné que Johanna et Sylvie ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a <date>
    Et que Johanna se déclare malade
    Quand on est aujourd'hui
    Alors Sylvie est à risque

    Exemples:
      | date           |
      | 1 jour         |
      | 2 jours        |
      | 6 jours        |
      | 6 jours à 0:01 |
