# language: fr
@article-2-I-7
Fonctionnalité: Article 2, I, 7° : les périodes d'exposition
  « stockées sur le serveur central en cas de partage par l'utilisateur de l'historique de proximité »

  Scénario: Il n'y en a que si quelqu'un partage son historique, et seulement pour les personnes rencontrées
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Alors le serveur ne conserve aucune période d'exposition
    Lorsque Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition de 1 personne

  Scénario: Une période d'exposition ne dit pas qui l'a causée, et son propriétaire ne se lit qu'avec la clé du jour
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors aucune période d'exposition telle qu'elle est stockée ne contient d'identifiant de compte
    Et aucun pseudonyme de Johanna n'est écrit nulle part
