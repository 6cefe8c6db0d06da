# language: fr
Fonctionnalité: Là où le droit, le papier et le code officiel ne disaient pas la même chose
  Les autres écarts ont leur scénario sous l'article ou le principe qu'ils touchent ; README.md en donne la table.

  @ecart-8
  Plan du scénario: Le compteur de 16 bits passe par zéro pendant la rencontre, l'horloge de Johanna avançant de <avance>
    Les HELLO portent l'heure sur 16 bits, qui repassent par zéro toutes les 18,2 heures. Le serveur officiel refusait alors
    des messages valides. La tolérance est de 180 secondes, et pas une de plus.

    Étant donné que Johanna et Sylvie ont installé l'application
    Et que l'horloge de Johanna avance de <avance>
    Lorsque Johanna et Sylvie passent 30 minutes ensemble autour du prochain zéro du compteur de 16 bits
    Et que Johanna se déclare malade
    Alors le serveur a retenu <retenus> du signalement

    Exemples:
      | avance       | retenus                |
      | 0 seconde    | tous les messages      |
      | 90 secondes  | tous les messages      |
      | 180 secondes | tous les messages      |
      | 181 secondes | aucun message          |
