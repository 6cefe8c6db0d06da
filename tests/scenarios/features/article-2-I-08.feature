# language: fr
@article-2-I-8
Fonctionnalité: Article 2, I, 8° : la date des symptômes et le code à usage unique

  Scénario: La date des symptômes ne quitte pas le téléphone
    Étant donné que Johanna et Sylvie ont l'application depuis 5 jours
    Et que Johanna et Sylvie passent 60 minutes ensemble il y a 2 jours
    Quand on est aujourd'hui
    Et que Johanna se déclare malade, ses symptômes ayant commencé il y a 1 jour
    Alors le signalement ne porte que le code et les contacts

  Plan du scénario: Un code <sorte> autorise un signalement, et un seul
    Étant donné que Johanna reçoit un code <sorte>
    Lorsque Johanna utilise son code
    Alors le serveur accepte
    Lorsque 11 minutes passent
    Et que Johanna utilise son code
    Alors le serveur refuse le code

    Exemples:
      | sorte |
      | long  |
      | court |

  Scénario: Sans code, pas de signalement
    Étant donné que Johanna et Sylvie ont installé l'application
    Et que Johanna et Sylvie passent 60 minutes ensemble
    Et que l'on relève ce que le serveur conserve
    Lorsque Johanna se déclare malade sous un code inventé
    Alors le serveur refuse le code
    Et aucune ligne n'a changé
    Et rien n'attend d'être distribué
    Et Sylvie n'est pas à risque
