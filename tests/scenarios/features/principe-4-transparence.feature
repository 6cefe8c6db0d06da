# language: fr
@principe-transparence @article-1-IV @article-5
Fonctionnalité: Transparence
  « StopCovid s'inscrit dans une démarche de transparence. » Le code et la documentation sont publics ; le serveur dit aussi
  lui-même ce qu'il fait.

  Scénario: Le serveur dit où lire son code, et sous quelle licence
    Alors la page « /a-propos » dit « Code source et licence » et « Mozilla Public License »

  @ecart-12
  Scénario: Les paramètres annoncés, à l'inscription comme à chaque réponse, sont exactement ceux-ci
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1
    Alors les paramètres annoncés sont exactement:
      | paramètre                      | valeur     |
      | app.service.start              | 2020-06-01 |
      | app.epoch.seconds              | 900        |
      | app.country.code               | 33         |
      | app.bundle.days                | 4          |
      | app.status.gap.epochs          | 2          |
      | app.request.tolerance.seconds  | 60         |
      | app.hello.tolerance.seconds    | 180        |
      | app.history.days               | 15         |
      | app.symptoms.hours             | 48         |
      | app.risk.r0                    | 0.0071     |
      | app.risk.threshold             | 0.1        |
      | app.risk.days                  | 7          |
      | app.contagious.epochs          | 1344       |
      | app.captcha.algorithms         | SHA-256    |

  @ecart-12
  Plan du scénario: Le paramètre <paramètre> annoncé est celui qui est appliqué
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Alors le paramètre « <paramètre> » annoncé est celui qui est appliqué

    Exemples:
      | paramètre                     |
      | app.service.start             |
      | app.epoch.seconds             |
      | app.country.code              |
      | app.bundle.days               |
      | app.status.gap.epochs         |
      | app.request.tolerance.seconds |
      | app.hello.tolerance.seconds   |
      | app.history.days              |
      | app.symptoms.hours            |
      | app.risk.r0                   |
      | app.risk.threshold            |
      | app.risk.days                 |
      | app.contagious.epochs         |
      | app.captcha.algorithms        |

  @ecart-14
  Scénario: Le bilan public se lit à tout moment, pour des machines et pour un tableur
    Le décret demandait un rapport avant le 30 janvier 2021 ; il a paru en février 2022.

    Étant donné que Johanna et Sylvie ont installé l'application
    Alors le bilan public se lit en JSON et en CSV, sous les noms que donne docs/STATISTICS.md
    Lorsque 1 jour passe
    Alors le bilan public va jusqu'à la veille
    Lorsque 3 jours passent
    Alors le bilan public va jusqu'à la veille
    Et le bilan public se lit en JSON et en CSV, sous les noms que donne docs/STATISTICS.md
