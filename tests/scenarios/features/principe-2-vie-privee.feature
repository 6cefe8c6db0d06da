# language: fr
@principe-vie-privee @article-2-II
Fonctionnalité: Respect de la vie privée
  « L'application n'utilise donc à aucun moment la localisation des personnes […]. C'est pourquoi, l'application ne pourra
  pas permettre de savoir où une personne s'est rendue. »

  Scénario: Un signalement dit quand et à quel niveau des pseudonymes ont été entendus, et rien d'autre
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors le signalement ne porte que le code et les contacts
    Et chaque message du signalement ne porte que:
      | champ                 |
      | mac                   |
      | rssiCalibrated        |
      | timeCollectedOnDevice |
      | timeFromHelloMessage  |

  Scénario: Ce que le serveur conserve d'une rencontre n'a pas de lieu
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Lorsque Johanna se déclare malade
    Alors une période d'exposition ouverte ne porte que:
      | champ  |
      | epoch  |
      | hellos |
      | score  |
