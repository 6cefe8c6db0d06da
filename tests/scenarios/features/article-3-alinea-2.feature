# language: fr
@article-3-alinea-2
Fonctionnalité: Article 3, alinéa 2 : la clé et l'identifiant jusqu'à la désinstallation
  « La clé d'authentification partagée et l'identifiant aléatoire permanent sont conservés jusqu'à ce que l'utilisateur
  désinstalle l'application »

  Scénario: Ils restent tant que l'application est là
    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque 30 jours passent
    Alors le serveur connaît 2 comptes
    Et Sylvie n'est pas à risque

  Scénario: Un téléphone resté éteint peut se désinscrire tant que le serveur sait lire un de ses pseudonymes
    Plus personne ne pourrait le faire ensuite, pas même son propriétaire : le compte est oublié ce jour-là.

    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque 17 jours passent sans que personne n'interroge le serveur
    Et que Sylvie se désinscrit
    Alors le serveur connaît 1 compte
    Lorsque 1 jour passe sans que personne n'interroge le serveur
    Alors le serveur connaît 0 compte

  Scénario: Ils disparaissent avec elle
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que l'on relève ce que le serveur conserve
    Lorsque Sylvie se désinscrit
    Et que Johanna se désinscrit
    Alors le serveur connaît 0 compte
    Et aucun des identifiants relevés n'est plus écrit nulle part
