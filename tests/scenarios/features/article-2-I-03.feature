# language: fr
@article-2-I-3
Fonctionnalité: Article 2, I, 3° : les codes pays
  « Les codes pays, générés par le serveur central ». Ce système n'est pas fédéré, et le dit (DEVIATIONS.md) : un message
  qui porte un autre code pays est accepté et aussitôt oublié.

  @ecart-9
  Scénario: Un message d'un autre pays n'alerte personne, et rien n'en reste
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque l'on relève ce que le serveur conserve
    Et que Johanna se déclare malade, et que les codes pays entendus sont altérés
    Alors Sylvie n'est pas à risque
    Et le serveur ne conserve aucune période d'exposition
