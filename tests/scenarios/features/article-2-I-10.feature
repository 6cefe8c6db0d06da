# language: fr
@article-2-I-10
Fonctionnalité: Article 2, I, 10° : la date des dernières interrogations

  Scénario: Le serveur garde la dernière interrogation, et aucune autre
    Étant donné que Sylvie a installé l'application
    Lorsque Sylvie interroge le serveur
    Alors la dernière interrogation connue est de ce quart d'heure
    Lorsque 1 jour passe
    Et que Sylvie interroge le serveur
    Alors la dernière interrogation connue est de ce quart d'heure
    Et le serveur connaît 1 compte

  @ecart-5
  Scénario: Un vieux pseudonyme ne permet pas d'interroger plus souvent
    Le premier serveur retenait le quart d'heure prétendu par le client : un pseudonyme ancien remettait le compte à zéro.

    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Et que 1 heure passe
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur accepte
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur refuse
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 2
    Alors le serveur refuse
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 9
    Alors le serveur refuse
    Lorsque 15 minutes passent
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur refuse
    Lorsque 15 minutes passent
    Et que Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur accepte

  @ecart-5
  Scénario: La même demande rejouée n'apprend rien de plus
    Étant donné que Mallory inscrit un logiciel de sa fabrication
    Lorsque Mallory interroge le serveur sous son pseudonyme n° 1
    Alors le serveur accepte
    Lorsque la même demande est rejouée
    Alors le serveur refuse
