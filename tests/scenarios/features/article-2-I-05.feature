# language: fr
@article-2-I-5
Fonctionnalité: Article 2, I, 5° : l'historique de proximité reste sur le téléphone
  « Les pseudonymes aléatoires et temporaires sont collectés et enregistrés par l'application sur le téléphone mobile de
  l'utilisateur. »

  Scénario: Une rencontre ne laisse rien au serveur
    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque l'on relève ce que le serveur conserve
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Alors le téléphone de Johanna garde 360 messages entendus
    Et aucune ligne n'a changé, hormis l'heure de la démonstration

  Scénario: Ce qui est entendu, ce sont des pseudonymes, et rien d'autre
    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque Johanna et Sylvie passent 20 minutes ensemble
    Alors tout ce que le téléphone de Johanna garde tient en 16 octets par message, sous un pseudonyme de Sylvie
