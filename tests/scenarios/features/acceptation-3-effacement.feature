# language: fr
@acceptation
Fonctionnalité: Ce que l'on efface
  Les scénarios d'acceptation du système officiel. Là où il cherchait une ligne de journal, ici aucune ligne ne change, hormis
  ce que tout signalement écrit : le code, la file d'attente, les compteurs.

  Scénario: Les données d'exposition disparaissent au bout de quinze jours
    Étant donné que Johanna et Sylvie ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 15 jours
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Quand on est aujourd'hui
    Alors le serveur ne conserve aucune période d'exposition
    Et Sylvie n'est pas à risque

  Scénario: Une personne efface son historique d'exposition
    Étant donné que Johanna et Sylvie ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 15 minutes ensemble il y a 1 heure
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Lorsque Sylvie efface son historique d'exposition
    Alors le serveur ne conserve aucune période d'exposition

  Scénario: Une personne sans historique efface son historique d'exposition
    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque Sylvie efface son historique d'exposition
    Alors le serveur ne conserve aucune période d'exposition

  Scénario: Une personne se désinscrit
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Lorsque Sylvie se désinscrit
    Alors le serveur ne conserve aucune période d'exposition
    Et le serveur connaît 1 compte
    Et le serveur ne reconnaît plus Sylvie

  Scénario: Un signalement nomme une personne qui s'est désinscrite
    Étant donné que Johanna et Sylvie ont l'application depuis 5 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 5 jours
    Et que Sylvie se désinscrit
    Quand on est aujourd'hui
    Et que l'on relève ce que le serveur conserve
    Et que Johanna se déclare malade
    Alors le signalement contient 360 messages
    Et aucune ligne n'a changé, hormis ce qu'écrit tout signalement
