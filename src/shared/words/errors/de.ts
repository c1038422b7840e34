import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, megabytes } from './errorWords.ts'

const say = sayIn('de')
const quotedWords = (said: string | null) => where(said, (words) => ` („${words}“)`)
const unreachable = {
  refused: 'Verbindung abgewiesen: Unter dieser Adresse antwortet kein Dienst.',
  noRoute: 'Kein Weg zu diesem Rechner.',
  nameNotFound: 'Der Rechnername ist nicht bekannt.',
  reset: 'Die Verbindung wurde vor einer Antwort geschlossen.',
  connectTimeout: 'Keine Antwort auf den Verbindungsversuch.',
}
const unreachableTodo = {
  refused: 'Prüfen Sie den Port (MediaMTX: 9997), ob MediaMTX läuft und ob in mediamtx.yml „api: yes“ steht.',
  noRoute: 'Prüfen Sie die Adresse, das Netz und das VPN bis dorthin.',
  nameNotFound: 'Prüfen Sie die Schreibweise und den DNS dieses Rechners, oder geben Sie die IP-Adresse an.',
  reset:
    'Probieren Sie http:// statt https:// oder umgekehrt. Antwortet beides nicht, steht vielleicht ein Proxy oder eine Firewall dazwischen, oder MediaMTX wird gerade beendet: Das Log zeigt es.',
  connectTimeout: 'Vielleicht verwirft eine Firewall die Pakete: Öffnen Sie TCP-Port 9997 von hier nach dort.',
}

export const de: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Keine Antwort innerhalb von ${say.number(limitMs / 1000)} s, obwohl die Verbindung steht.`,
    certificateUntrusted: ({ subject }) => `Das Zertifikat (${subject}) ist von keiner Stelle signiert, der dieses System vertraut.`,
    certificateExpired: ({ validTo }) => `Das Zertifikat ist abgelaufen: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `Das Zertifikat gilt für einen anderen Namen (${names}).`,
    fingerprintChanged: () => 'Der Server zeigt ein anderes Zertifikat als das festgelegte.',
    notTls: () => 'Der Server spricht unter dieser Adresse kein TLS.',
    tlsRequired: () => 'Der Server verlangt unter dieser Adresse TLS.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? 'Der Server weist Benutzer oder Passwort ab. Die Abfrage ist angehalten, um keine Sperre auszulösen.'
        : 'Der Server verlangt Benutzer und Passwort.',
    forbidden: () => 'Dieser Benutzer darf die API nicht verwenden.',
    noApiHere: () => 'Ein Webserver antwortet, aber die MediaMTX-API ist hier nicht (404).',
    notMediaMtx: ({ server, contentType }) =>
      `Hier antwortet nicht die MediaMTX-API${where(server, (name) => `, sondern ${name}`)} (${contentType || 'ohne Inhaltstyp'}).`,
    badReply: ({ detail }) => `Die Antwort ist nicht lesbar: ${detail}.`,
    cutReply: ({ receivedBytes }) => `Die Antwort brach nach ${say.number(receivedBytes)} Bytes ab.`,
    tooLarge: ({ limitBytes }) => `Die Antwort ist größer als ${megabytes(limitBytes)} MB.`,
    httpStatus: ({ status, message }) => `Der Server antwortete mit Status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location }) => `Der Server leitet um (${status}) nach ${location}.`,
    notEnabled: () => 'Dieses Protokoll ist auf dem Server abgeschaltet.',
    secretMissing: ({ detail }) => `Ein Geheimnis ist nicht lesbar: ${detail}.`,
    internal: ({ detail }) => `Diese Konsole versagte beim Lesen der Antwort des Servers: ${detail}.`,
    overdue: ({ ageMs }) => `Seit ${Math.round(ageMs / 1000)} s ist keine Abfrage dieses Servers zu Ende gegangen.`,
  },
  serverTodo: {
    unreachable: ({ reason }) => unreachableTodo[reason],
    timedOut: () => 'Vielleicht ist der Server überlastet, oder dort lauscht ein anderes Programm. Prüfen Sie seine Last und sein Log.',
    certificateUntrusted: ({ fingerprint }) => `Vergleichen Sie den SHA-256-Fingerabdruck mit dem des Servers und legen Sie ihn fest: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Erneuern Sie es auf dem Server. Bis dahin lässt sich der Fingerabdruck festlegen: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Nehmen Sie einen seiner Namen als Adresse, oder legen Sie den Fingerabdruck fest: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) =>
      `Wurde es erneuert, legen Sie das neue fest: ${actual} (festgelegt ist ${expected}). Wenn nicht, steht jemand dazwischen.`,
    notTls: () => 'Verwenden Sie http:// statt https://, oder setzen Sie apiEncryption: yes in mediamtx.yml.',
    tlsRequired: () => 'Verwenden Sie https:// statt http://.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? 'Berichtigen Sie die Zugangsdaten; in der Konfigurationsdatei, wenn der Server dort steht. Die Abfrage läuft dann nach Sekunden weiter.'
        : 'Legen Sie in mediamtx.yml unter authInternalUsers einen Benutzer mit dem Recht „action: api“ an und tragen Sie ihn hier ein.',
    forbidden: () => 'Geben Sie ihm in mediamtx.yml das Recht „action: api“.',
    noApiHere: () => 'Prüfen Sie den Port: Die API hört auf 9997 (8889 ist WebRTC, 8888 HLS, 9998 Metriken).',
    notMediaMtx: () => 'Prüfen Sie Adresse und Port; hinter einem Proxy, ob er /v3/ weitergibt.',
    badReply: () => 'Steht ein Proxy dazwischen, fragen Sie den Server direkt. Sonst senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
    cutReply: () => 'Der Server oder ein Proxy schloss die Verbindung. Bleibt es dabei, prüfen Sie deren Logs.',
    tooLarge: () => 'Das ist mehr, als je ein MediaMTX antwortet: Prüfen Sie, was unter dieser Adresse lauscht.',
    httpStatus: () => 'Prüfen Sie das Log des Servers.',
    redirected: () => 'Tragen Sie die Adresse ein, zu der umgeleitet wird, oder umgehen Sie den Proxy.',
    notEnabled: () => 'Schalten Sie es bei Bedarf in mediamtx.yml ein.',
    secretMissing: () => 'Machen Sie es für diesen Benutzer lesbar, oder geben Sie die Zugangsdaten erneut ein.',
    internal: () => 'Das ist ein Fehler von mtxdeck, das es weiter versucht. Bitte senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
    overdue: () => 'Er antwortet sehr langsam, oder die Abfrage brach unbemerkt ab: mtxdeck beginnt sie neu. Bleibt es dabei, prüfen Sie seine Last.',
  },
  host: {
    noRoute: ({ target, said }) => `Kein Weg zu ${target}${inBrackets(said)}.`,
    refused: ({ target }) => `${target} weist die Verbindung ab: An diesem Port antwortet kein Dienst.`,
    timeout: ({ target, said }) => `${target} antwortete nicht rechtzeitig${inBrackets(said)}.`,
    nameNotFound: ({ target }) => `Der Name in ${target} ist hier nicht bekannt.`,
    notSsh: ({ target, said }) => `Was unter ${target} antwortet, ist kein brauchbarer SSH-Server${behindColon(said)}.`,
    authRefused: ({ target, user, said }) => `${target} lässt ${user ?? 'den Benutzer'} nicht hinein${behindColon(said)}.`,
    keyUnusable: ({ said }) => `Der private Schlüssel ist nicht zu gebrauchen: ${said ?? 'unbekannte Art'}.`,
    passphraseWrong: ({ said }) => `Falsche Passphrase des privaten Schlüssels${inBrackets(said)}.`,
    agentMissing: ({ said }) => `Der SSH-Agent ist nicht erreichbar: ${said ?? 'SSH_AUTH_SOCK ist nicht gesetzt'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `Erster Kontakt mit ${target}. Sein Schlüssel: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} zeigt einen anderen Schlüssel als bisher: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, bekannt ist ${known}`)}.`,
    jumpFailed: ({ target, said }) => `Der Weg über ${target} scheiterte${behindColon(said)}.`,
    shellMissing: ({ target, user, said }) => `Auf ${target} gibt es für ${user ?? 'den Benutzer'} keine POSIX-Shell${quotedWords(said)}.`,
    commandRefused: ({ target, user, said }) => `${target} führt für ${user ?? 'den Benutzer'} keine Befehle aus${quotedWords(said)}.`,
    answerBroken: ({ target, said }) => `Die Antwort von ${target} lässt sich nicht lesen${quotedWords(said)}.`,
    answerEndless: ({ target }) => `Die Antwort von ${target} hörte nicht auf und wurde abgebrochen.`,
    hung: ({ target, said }) => `${target} blieb mitten in einer Antwort stehen${inBrackets(said)}.`,
    closed: ({ target, said }) => `Die Verbindung zu ${target} wurde geschlossen${said ? `: ${said}` : ', von der Gegenseite'}.`,
    secretMissing: ({ said }) => `Für diesen Rechner fehlen die Zugangsdaten${inBrackets(said)}.`,
    internal: ({ target, said }) => `Diese Konsole versagte beim Lesen von ${target}${inBrackets(said)}.`,
  },
  hostTodo: {
    noRoute: () => 'Prüfen Sie Adresse, Netz und VPN sowie Firewalls dazwischen.',
    refused: () => 'Prüfen Sie den Port und ob dort sshd läuft („systemctl status ssh“).',
    timeout: () => 'Vielleicht ist er aus, oder eine Firewall verwirft, was an diesen Port geht: Versuchen Sie „ssh -v“ von diesem Rechner.',
    nameNotFound: () => 'Prüfen Sie die Schreibweise, oder verwenden Sie die Adresse.',
    notSsh: () => 'Prüfen Sie den Port; SSH ist meist auf 22.',
    authRefused: ({ said }) => (said ? '' : 'Prüfen Sie Benutzernamen und Zugangsdaten.'),
    keyUnusable: () => '',
    passphraseWrong: () => 'Geben Sie sie erneut ein.',
    agentMissing: () => 'Starten Sie den Agenten, machen Sie SSH_AUTH_SOCK der Konsole bekannt, oder verwenden Sie einen Schlüssel.',
    hostKeyUnknown: ({ said }) =>
      `Vergleichen Sie ihn mit dem auf dem Rechner („ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub“) und nehmen Sie ihn dann an. Es wurden keine Zugangsdaten gesendet.${where(said, (cause) => ` (${cause})`)}`,
    hostKeyChanged: ({ said }) =>
      `Er wurde neu installiert, oder jemand steht dazwischen: Fragen Sie, wer ihn betreibt, bevor Sie den neuen Schlüssel annehmen. Es wurden keine Zugangsdaten gesendet, und bis dahin folgt kein neuer Versuch.${where(said, (cause) => ` (${cause})`)}`,
    jumpFailed: () => '',
    shellMissing: () => '„sh“ muss dort sein und im PATH stehen; Rechner mit Windows sind nicht lesbar.',
    commandRefused: () => 'Geben Sie dem Benutzer eine Login-Shell, oder erlauben Sie den Befehl der Konsole in authorized_keys, wie die Anleitung zeigt.',
    answerBroken: () => 'Vielleicht stört ein Banner oder ein erzwungener Befehl: Ein Befehl über SSH darf nichts Eigenes ausgeben.',
    answerEndless: () => 'Suchen Sie in den Startdateien der Shell oder im erzwungenen Befehl, was dort ausgibt.',
    hung: () => 'Meist hängt dort eine Platte oder ein Netzlaufwerk.',
    closed: () => '',
    secretMissing: () => 'Geben Sie sie erneut ein.',
    internal: () => 'Das ist ein Fehler von mtxdeck, das es weiter versucht: Bitte senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
  },
}
