# language: fr
@article-2-I-4
Fonctionnalité: Article 2, I, 4° : des pseudonymes aléatoires et temporaires
  « Des pseudonymes aléatoires et temporaires, qui sont transmis chaque jour par le serveur central à l'application
  lorsqu'elle se connecte à ce dernier »

  Scénario: Un pseudonyme sert un quart d'heure, et ne revient jamais
    Étant donné que Sylvie a installé l'application
    Alors le téléphone de Sylvie a un pseudonyme par quart d'heure jusqu'à la fin du 3e jour après ce jour
    Et les pseudonymes reçus sont tous différents
    Et Sylvie émet sous 5 pseudonymes en 1 heure 1 minute

  Scénario: Chaque jour la connexion en apporte de nouveaux
    Étant donné que Sylvie a installé l'application
    Lorsque 1 jour passe
    Et que Sylvie interroge le serveur
    Alors le téléphone de Sylvie a un pseudonyme par quart d'heure jusqu'à la fin du 3e jour après ce jour

  Scénario: Deux personnes n'ont aucun pseudonyme en commun
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Alors les pseudonymes reçus sont tous différents
