# language: fr
@article-2-I-1
Fonctionnalité: Article 2, I, 1° : une clé d'authentification partagée
  « Une clé d'authentification partagée entre l'application et le serveur central […] qui sert à authentifier les messages
  de l'application »

  Scénario: Un message scellé par la bonne clé est accepté, par une autre il est refusé sans rien changer
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Lorsque l'on relève ce que le serveur conserve
    Et que Mallory interroge le serveur sous son pseudonyme n° 1 avec la clé d'autrui
    Alors le serveur refuse
    Et aucune ligne n'a changé
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur accepte

  Scénario: Chaque application a sa clé
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Alors les clés des 3 comptes sont toutes différentes

  Scénario: Un HELLO dont le sceau est faux ne compte pas
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade, et que les sceaux des messages entendus sont altérés
    Alors Sylvie n'est pas à risque
    Et le serveur ne conserve aucune période d'exposition
