# language: fr
@acceptation
Fonctionnalité: Les compteurs publics
  Les scénarios d'acceptation du système officiel : usersAboveRiskThresholdButRetentionPeriodExpired est ici « seuil
  dépassé trop tard », notifiedUsers « personnes prévenues » et reportsCount « signalements reçus ».

  Plan du scénario: Seuil dépassé, <personnes> se sont rencontrés il y a <date>
    Étant donné que <personnes> ont l'application depuis 8 jours
    Et que <personnes> passent 60 minutes ensemble il y a <date>
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Et le compteur « seuil dépassé trop tard » a augmenté de <nombre>

    Exemples:
      | personnes                        | date    | nombre |
      | Johanna et Sylvie                | 8 jours | 1      |
      | Johanna et Sylvie                | 6 jours | 0      |
      | Johanna, Sylvie, Justin et Inès  | 8 jours | 3      |
      | Johanna, Sylvie, Justin et Inès  | 6 jours | 0      |

  Scénario: Une première alerte compte une fois
    Étant donné que Johanna et Justin ont installé l'application
    Et que Johanna et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 1

  Scénario: Une question de plus pendant que l'alerte court ne compte pas
    Étant donné que Johanna et Justin ont installé l'application
    Et que Johanna et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 1
    Et Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 0

  Scénario: Se déclarer malade après avoir été prévenu ne compte pas une fois de plus
    Étant donné que Johanna, Justin et Sylvie ont installé l'application
    Et que Johanna et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 1
    Lorsque Sylvie et Justin passent 60 minutes ensemble
    Et que Justin se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 0

  Scénario: Une nouvelle alerte compte, même pendant que la première court
    Étant donné que Johanna, Justin et Sylvie ont installé l'application
    Et que Johanna et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 1
    Lorsque Sylvie et Justin passent 60 minutes ensemble
    Et que Sylvie se déclare malade
    Alors Justin est à risque
    Et le compteur « personnes prévenues » a augmenté de 1

  Scénario: Un signalement compte une fois
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors le compteur « signalements reçus » a augmenté de 1
