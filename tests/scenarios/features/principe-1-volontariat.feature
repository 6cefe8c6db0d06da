# language: fr
@principe-volontariat @article-1-III
Fonctionnalité: Volontariat
  « A chaque étape du processus les utilisateurs ont le choix. Ils choisissent d'installer l'application, d'activer le
  Bluetooth, de partager l'historique de proximité, de déclarer un diagnostic positif ou de désinstaller l'application. »

  Scénario: Installer : qui n'a pas l'application n'est connu de personne
    Étant donné que Johanna a installé l'application
    Alors le serveur connaît 1 compte

  Scénario: Activer le Bluetooth : qui le coupe n'entend personne et n'est entendu de personne
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Sylvie coupe le Bluetooth
    Et que Johanna, Sylvie et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors le téléphone de Sylvie garde 0 message entendu
    Et Justin est à risque
    Et Sylvie n'est pas à risque

  Scénario: Partager : qui renonce au dernier moment n'a rien transmis
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque l'on relève ce que le serveur conserve
    Et que Johanna prépare son signalement, puis y renonce
    Alors aucune ligne n'a changé
    Et Sylvie n'est pas à risque

  Scénario: Déclarer : sans déclaration, rien ne part, même après des jours
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque 14 jours passent
    Alors Sylvie n'est pas à risque
    Et le serveur ne conserve aucune période d'exposition

  Scénario: Désinstaller : à tout moment, même à risque
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Lorsque Sylvie se désinscrit
    Alors le serveur connaît 1 compte
    Et le serveur ne conserve aucune période d'exposition
