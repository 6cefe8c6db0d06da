# language: fr
@article-3-alinea-4
Fonctionnalité: Article 3, alinéa 4 : quinze jours sur le serveur
  « conservées sur ce serveur quinze jours à compter de leur enregistrement par l'application du téléphone mobile de la
  personne dépistée ou diagnostiquée positive » : depuis la rencontre, non depuis le partage.

  Scénario: Le délai court depuis la rencontre
    Étant donné que Johanna et Sylvie ont l'application depuis 10 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 10 jours
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Lorsque 4 jours passent
    Alors le serveur conserve des périodes d'exposition
    Lorsque 1 jour passe
    Alors le serveur ne conserve aucune période d'exposition

  @ecart-7
  Scénario: Seize jours sans que personne ne se connecte suffisent
    Le premier serveur n'effaçait les vieilles expositions d'une personne que si de nouvelles arrivaient.

    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Lorsque 16 jours passent sans que personne n'interroge le serveur
    Alors le serveur ne conserve aucune période d'exposition
    Et la clé du jour de la rencontre a été détruite au plus tard 15 jours après elle
    Et rien n'attend d'être distribué
