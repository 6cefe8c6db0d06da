# language: fr
@principe-temporaire @article-3-alinea-4
Fonctionnalité: Temporaire
  « tous les crypto-identifiants n'ayant plus de pertinence d'un point de vue épidémiologique seront régulièrement supprimés
  (au bout de 15 jours) »

  Scénario: Au bout de quinze jours, un pseudonyme ne mène plus à personne
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Lorsque 14 jours passent sans que personne n'interroge le serveur
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur accepte
    Lorsque 1 jour passe sans que personne n'interroge le serveur
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur ne sait plus de qui il s'agit

  Scénario: Trente jours après une alerte, il n'en reste rien
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Lorsque 30 jours passent
    Alors Sylvie n'est pas à risque
    Et le serveur ne conserve aucune période d'exposition
    Et aucun compte ne garde trace d'une exposition
    Et le serveur attend 0 code
    Et rien n'attend d'être distribué
