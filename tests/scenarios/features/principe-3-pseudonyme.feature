# language: fr
@principe-pseudonyme @article-2-I-2 @article-2-II
Fonctionnalité: « Anonyme », c'est-à-dire pseudonyme
  Le dossier de presse dit « anonyme », et en note « Les données sont pseudonymisées » : c'est ce second mot qui est juste.
  « Il n'y a pas de système d'authentification au moment de l'installation […]. Personne, pas même l'État, n'aura accès à
  une liste de personnes diagnostiquées positives ou à une liste des interactions sociales entre les utilisateurs. »

  Scénario: S'inscrire ne demande qu'un calcul et une clé
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Alors l'inscription n'a porté que:
      | champ               |
      | captcha             |
      | captchaId           |
      | clientPublicECDHKey |
    Et le serveur connaît 1 compte

  @ecart-15
  Scénario: Il n'y a pas de liste de personnes malades : un signalement ne prouve aucun compte et n'en change aucun
    Le logiciel officiel se désinscrivait, en s'authentifiant, juste après le signalement, puis se taisait.

    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque l'on relève ce que le serveur conserve
    Et que Johanna envoie son signalement
    Alors aucune ligne n'a changé, hormis ce qu'écrit tout signalement
    Et le signalement ne porte que le code et les contacts
    Et aucun pseudonyme de Johanna n'est dans le signalement
    Quand le serveur distribue ce qui attend
    Alors le serveur connaît 2 comptes
    Et Johanna n'est pas à risque
    Et Sylvie est à risque

  @ecart-4
  Scénario: Il n'y a pas de liste de rencontres : ce qui attend ne dit pas qui a été signalé ensemble
    Le système officiel gardait les contacts d'un signalement ensemble et dans l'ordre.

    Étant donné que Johanna, Sylvie, Justin et Inès ont installé l'application
    Et que Johanna, Sylvie et Justin passent 60 minutes ensemble
    Et que Inès et Sylvie passent 60 minutes ensemble
    Lorsque Johanna envoie son signalement
    Et que Inès envoie son signalement
    Alors ce qui attend n'a en commun ni numéro, ni moment, ni ordre, ni contenu
    Lorsque le serveur distribue ce qui attend
    Et que 30 minutes passent
    Alors ce qui est arrivé n'a en commun ni numéro, ni contenu
    Et rien n'attend d'être distribué
