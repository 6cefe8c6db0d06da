# language: fr
@article-2-I-3
Fonctionnalité: Article 2, I, 3° : les codes pays
  « Les codes pays, générés par le serveur central ». Ce système n'est pas fédéré, et le dit (DEVIATIONS.md) : un message
  qui porte un autre code pays est accepté et aussitôt oublié.

  Scénario: Un code pays altéré en route ne compte pas
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade, et que les codes pays entendus sont altérés
    Alors Sylvie n'est pas à risque
    Et le serveur ne conserve aucune période d'exposition

  @ecart-9
  Scénario: Un message bien scellé sous le code de ce pays compte
    Étant donné que Johanna a installé l'application
    Et que Mallory inscrit un logiciel de sa fabrication
    Et que Johanna entend Mallory 60 minutes sous le code de ce pays
    Lorsque Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition de 1 personne

  @ecart-9
  Scénario: Un message bien scellé sous le code d'un autre pays est accepté, oublié, et ne change rien
    Étant donné que Johanna a installé l'application
    Et que Mallory inscrit un logiciel de sa fabrication
    Et que Johanna entend Mallory 60 minutes sous le code d'un autre pays
    Lorsque l'on relève ce que le serveur conserve
    Et que Johanna se déclare malade
    Alors le serveur accepte
    Et le signalement ne porte que le code et les contacts
    Et aucune ligne n'a changé, hormis ce qu'écrit tout signalement
    Lorsque 30 minutes passent
    Alors le serveur ne conserve aucune période d'exposition
    Et rien n'attend d'être distribué

  @ecart-9
  Scénario: Que ce système n'est pas fédéré est écrit
    Le système officiel le laissait en suspens, dans un commentaire de son code.

    Alors DEVIATIONS.md dit « Foreign contacts (another country code) are dropped », et pourquoi : « federation »
