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
  Scénario: Un message bien scellé sous le code d'un autre pays ne laisse rien
    Étant donné que Johanna a installé l'application
    Et que Mallory inscrit un logiciel de sa fabrication
    Et que Johanna entend Mallory 60 minutes sous le code d'un autre pays
    Lorsque Johanna se déclare malade
    Et que 30 minutes passent
    Alors le serveur ne conserve aucune période d'exposition
    Et rien n'attend d'être distribué
