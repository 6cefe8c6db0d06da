# language: fr
@article-2-III
Fonctionnalité: Article 2, III : à chacun le strict nécessaire
  « Les sous-traitants […] sont accédants ou destinataires des données du traitement strictement nécessaires à l'exercice
  de leurs missions. » Ceux qui remettent des codes, laboratoires et médecins, sont les seuls à qui ce serveur ouvre une
  porte : leur clé donne les codes de leur métier, et rien d'autre.

  Plan du scénario: La clé de <rôle> remet des codes <permis>, et rien d'autre
    Étant donné un bureau des codes
    Et que l'opérateur donne à Bernard une clé de <rôle>
    Lorsque Bernard demande un code <permis>
    Alors le bureau remet un code, son genre et sa fin, et rien d'autre
    Lorsque Bernard demande un code <interdit>
    Alors le bureau refuse
    Lorsque Bernard demande la liste des clés
    Alors le bureau refuse
    Lorsque Bernard demande l'enregistrement des actes
    Alors le bureau refuse
    Lorsque Bernard donne à Denise une clé de <rôle>
    Alors le bureau refuse

    Exemples:
      | rôle        | permis | interdit |
      | laboratoire | long   | court    |
      | médecin     | court  | long     |

  Scénario: Le bureau n'apprend pas ce que devient un code
    Étant donné un bureau des codes
    Et que l'opérateur donne à Bernard une clé de laboratoire
    Et que Bernard demande un code long
    Lorsque l'on relève ce que le bureau sait
    Et que quelqu'un signale avec le code de Bernard
    Alors le bureau ne sait rien de plus
