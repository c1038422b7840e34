import { type Advice, where } from './sentences.ts'

const unreachable = {
  refused: 'Prüfen Sie den Port (MediaMTX: 9997), ob MediaMTX läuft und ob in mediamtx.yml „api: yes“ steht.',
  noRoute: 'Prüfen Sie die Adresse, das Netz und das VPN bis dorthin.',
  nameNotFound: 'Prüfen Sie die Schreibweise und den DNS dieses Rechners, oder geben Sie die IP-Adresse an.',
  reset:
    'Probieren Sie http:// statt https:// oder umgekehrt. Antwortet beides nicht, steht vielleicht ein Proxy oder eine Firewall dazwischen, oder MediaMTX wird gerade beendet: Das Log zeigt es.',
  connectTimeout: 'Vielleicht verwirft eine Firewall die Pakete: Öffnen Sie TCP-Port 9997 von hier nach dort.',
}
const lookAround = 'Sehen Sie nach dem Rechner und dem Netz.'

export const deAdvice: Advice = {
  troubles: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
    streamGone: 'Prüfen Sie Encoder oder Kamera und deren Netz.',
    streamStalled: 'Der Sender oder sein Netz hängt: Starten Sie den Encoder neu.',
    slateOnAir: 'Starten Sie den Sender.',
    onDemandFailed: 'Prüfen Sie, ob die Kamera antwortet; der nächste Leser startet sie erneut.',
    sourceFailing: 'Prüfen Sie die Quelladresse in mediamtx.yml und ob die Kamera antwortet.',
    packetsLost: 'Prüfen Sie das Netz zwischen Sender und Server und ob der Server selbst stand; erhöhen Sie bei SRT die Latenz.',
  },
  serverErrors: {
    unreachable: ({ reason }) => unreachable[reason],
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
  hostErrors: {
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
