# language: fr
@article-3-alinea-1 @article-3-alinea-2
Fonctionnalité: Article 3, alinéa 1 : un traitement qui a une fin
  « Le traitement est mis en œuvre pour une durée ne pouvant excéder six mois après la cessation de l'état d'urgence
  sanitaire » ; la clé et l'identifiant sont conservés « au plus tard pour la durée mentionnée au premier alinéa ».

  Scénario: Six mois après la fin de l'état d'urgence, le traitement cesse et les comptes disparaissent
    Étant donné un serveur national après l'état d'urgence
    Lorsque le serveur est remis en marche 1 heure avant la fin du sixième mois
    Et que Johanna et Sylvie s'y inscrivent
    Alors ce serveur répond à Johanna et à Sylvie, et connaît 2 comptes
    Lorsque le serveur est remis en marche 1 minute après la fin du sixième mois
    Alors ce serveur a cessé : ni question, ni inscription, ni signalement
    Et il n'y reste aucun compte

  Scénario: Quand chacun est parti et que les délais sont passés, plus aucune ligne ne parle de quelqu'un
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna, Sylvie et Justin passent 60 minutes ensemble
    Et que Johanna reçoit un code long
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Lorsque Johanna se désinscrit
    Et que Sylvie se désinscrit
    Et que Justin se désinscrit
    Et que 20 jours passent sans que personne n'interroge le serveur
    Alors la clé du jour de la rencontre a été détruite au plus tard 15 jours après elle
    Et il ne reste que des lieux, des clés qui n'ont rien à ouvrir, des reçus et des nombres
