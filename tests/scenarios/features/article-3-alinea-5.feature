# language: fr
@article-3-alinea-5
Fonctionnalité: Article 3, alinéa 5 : le code et la date des symptômes ne sont pas conservés
  « Les données mentionnées au 8° du I de l'article 2 ne sont pas conservées. Elles ne sont traitées qu'une seule fois »

  Plan du scénario: Un code <sorte> n'est jamais écrit en clair, et disparaît dès qu'il a servi
    Étant donné que Johanna reçoit un code <sorte>
    Alors le code de Johanna n'est écrit nulle part
    Et le serveur attend 1 code
    Lorsque Johanna utilise son code
    Alors le serveur accepte
    Et le serveur attend 0 code
    Et le code de Johanna n'est écrit nulle part

    Exemples:
      | sorte |
      | long  |
      | court |

  Plan du scénario: Un code <sorte> qui ne sert pas disparaît au bout de <durée>
    Étant donné que Johanna reçoit un code <sorte>
    Lorsque <durée> passent
    Alors le serveur attend 0 code
    Lorsque Johanna utilise son code
    Alors le serveur refuse le code

    Exemples:
      | sorte | durée      |
      | court | 60 minutes |
      | long  | 8 jours    |
