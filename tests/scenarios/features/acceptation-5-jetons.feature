# language: fr
@acceptation
Fonctionnalité: Aucun jeton
  Le système officiel donnait à une personne à risque un jeton daté de son contact, pour l'assurance maladie, et le
  renouvelait. Ici « la seule information » est d'être à risque ou non (article 2, I, 6°) : aucun jeton n'est émis.

  Scénario: Une personne à risque ne reçoit pas de jeton daté de son contact
    Étant donné que Johanna et Sylvie ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 4 jours
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Et aucun jeton n'a jamais été émis

  Scénario: Un nouveau risque ne renouvelle rien
    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 7 jours
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Quand Sylvie et Justin passent 60 minutes ensemble il y a 2 heures
    Et que Justin se déclare malade
    Alors Sylvie est à risque
    Et aucun jeton n'a jamais été émis
