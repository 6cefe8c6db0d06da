# language: fr
@article-2-II
Fonctionnalité: Article 2, II : rien qui identifie le téléphone, son détenteur ou son utilisateur
  « Les données permettant l'identification du téléphone mobile, de son détenteur ou de son utilisateur ne peuvent être
  collectées ni enregistrées dans le cadre du traitement. »

  Scénario: Ce que les téléphones ajoutent n'est pas gardé
    Les logiciels déployés ajoutaient des jetons de notification, une langue, un fuseau ; le réseau ajoute une adresse.

    Étant donné que Sylvie a installé l'application
    Lorsque Sylvie interroge le serveur en ajoutant partout la marque « Europe/Paris-3f9d »
    Alors le serveur accepte
    Et « Europe/Paris-3f9d » n'est écrit nulle part

  @ecart-11
  Scénario: La liste des données est close : chaque colonne sert un numéro de l'article 2, ou un besoin du protocole
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna envoie son signalement
    Alors chaque colonne dit quel numéro de l'article 2 elle sert, ou quel besoin du protocole
    Quand le serveur distribue ce qui attend
    Alors chaque colonne dit quel numéro de l'article 2 elle sert, ou quel besoin du protocole

  @ecart-11
  Scénario: Une demande refusée ne laisse aucune trace
    Le système officiel a fini par garder la dernière demande refusée et le retard de l'horloge de chacun.

    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Lorsque l'on relève ce que le serveur conserve
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur refuse
    Et aucune ligne n'a changé
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1 avec une horloge en avance de 2 minutes
    Alors le serveur refuse
    Et aucune ligne n'a changé
