# language: fr
@acceptation
Fonctionnalité: Qui est prévenu d'une rencontre
  Les scénarios d'acceptation du système officiel, avec toutes leurs lignes d'exemple. Les dates sont comptées à rebours
  d'« aujourd'hui », midi en temps universel.

  Scénario: Une personne rencontrée une heure est prévenue, celle qui s'est déclarée malade ne l'est pas
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Sylvie est à risque
    Et Johanna n'est pas à risque
    Et Justin n'est pas à risque

  Scénario: Tant que le serveur n'a rien distribué, personne n'est prévenu
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna envoie son signalement
    Alors Sylvie n'est pas à risque
    Quand le serveur distribue ce qui attend
    Alors Sylvie est à risque

  Scénario: Deux personnes rencontrées sont toutes les deux prévenues
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Johanna et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Sylvie et Justin sont à risque
    Et Johanna n'est pas à risque

  Scénario: Un tiers qui n'a pas rencontré la personne malade n'est pas prévenu
    Étant donné que Johanna, Sylvie et Justin ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que Sylvie et Justin passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors Sylvie est à risque
    Et Justin n'est pas à risque

  Scénario: Personne n'a rencontré personne
    Étant donné que Johanna et Sylvie ont installé l'application
    Lorsque Johanna se déclare malade
    Alors Sylvie n'est pas à risque

  Scénario: Cinq minutes ne suffisent pas
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 5 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Et Sylvie n'est pas à risque

  Plan du scénario: Une heure ensemble il y a <date>, signalée aujourd'hui : à risque
    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a <date>
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors Sylvie est à risque
    Et Johanna et Justin ne sont pas à risque

    Exemples:
      | date               |
      | 1 jour             |
      | 2 jours            |
      | 3 jours            |
      | 4 jours            |
      | 5 jours            |
      | 6 jours            |
      | 7 jours            |
      | 7 jours 30 minutes |

  Plan du scénario: Une heure ensemble il y a <date>, signalée aujourd'hui : trop ancienne
    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 18 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a <date>
    Alors le téléphone de Johanna garde 360 messages entendus
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le serveur conserve des périodes d'exposition
    Et Sylvie n'est pas à risque

    Exemples:
      | date                       |
      | 7 jours 1 heure 15 minutes |
      | 8 jours                    |
      | 9 jours                    |
      | 10 jours                   |
      | 11 jours                   |
      | 12 jours                   |
      | 13 jours                   |
      | 14 jours                   |

  Plan du scénario: Une heure ensemble il y a <date>, signalée aujourd'hui : oubliée
    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 18 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a <date>
    Alors le téléphone de Johanna garde 360 messages entendus
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le serveur ne conserve aucune période d'exposition
    Et Sylvie n'est pas à risque

    Exemples:
      | date     |
      | 15 jours |
      | 16 jours |

  Scénario: Quarante-huit heures ensemble il y a trois jours
    Comme ceux du système officiel, ces téléphones émettent un message par seconde, bien plus qu'un signalement n'en peut
    contenir : le téléphone retient de chaque quart d'heure des messages répartis sur toute sa durée.

    Étant donné que Johanna, Sylvie et Justin ont l'application depuis 15 jours
    Et que Johanna et Sylvie passent 48 heures ensemble il y a 3 jours, à un message par seconde
    Alors le téléphone de Johanna garde 172800 messages entendus
    Quand on est aujourd'hui
    Et que Johanna se déclare malade
    Alors le signalement tient en 4 Mio et contient un message sur cinq, de chaque pseudonyme entendu
    Et Sylvie est à risque
    Et Johanna n'est pas à risque
