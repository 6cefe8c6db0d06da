# language: fr
@article-3-alinea-3
Fonctionnalité: Article 3, alinéa 3 : quinze jours sur le téléphone
  « Les données de l'historique de proximité enregistrées par l'application sur le téléphone mobile sont conservées quinze
  jours à compter de leur enregistrement par cette application. »

  Plan du scénario: Au bout de <durée>, <messages> messages restent de cinq minutes
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 5 minutes ensemble
    Alors <durée> après le début, le téléphone de Johanna garde <messages> messages entendus

    Exemples:
      | durée                                       | messages |
      | 1 jour                                      | 30       |
      | 14 jours 23 heures 59 minutes 59 secondes   | 30       |
      | 15 jours                                    | 29       |
      | 15 jours 2 minutes                          | 17       |
      | 15 jours 4 minutes 49 secondes              | 1        |
      | 15 jours 4 minutes 50 secondes              | 0        |
