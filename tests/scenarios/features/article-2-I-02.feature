# language: fr
@article-2-I-2
Fonctionnalité: Article 2, I, 2° : un identifiant unique, aléatoire, connu du seul serveur
  « Un identifiant unique associé à chaque application […], qui est généré de façon aléatoire par le serveur central et
  n'est connu que de ce serveur, où il est stocké »

  @ecart-13
  Scénario: Deux applications n'ont jamais le même identifiant, même inscrites ensemble et dans deux registres
    Étant donné que 48 personnes installent l'application en même temps
    Alors le serveur connaît 48 comptes
    Et les identifiants des comptes sont tous différents
    Et chaque identifiant ne peut avoir été tiré que par le registre qui le garde

  Scénario: L'identifiant ne sort jamais du serveur
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Sylvie est à risque
    Et aucune réponse ne contient d'identifiant
