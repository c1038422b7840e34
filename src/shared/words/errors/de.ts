import type { HostFailure } from '../../errors.ts'
import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, limitSize, ownSentence } from './errorWords.ts'

const say = sayIn('de')
const quotedWords = (said: HostFailure['said'], cause: string | null) => (said?.kind === 'quoted' ? ` („${cause}“)` : inBrackets(cause))
const seconds = (ms: number) => `${say.number(Math.round(ms / 100) / 10)} s`
const unreachable = {
  refused: 'Verbindung abgewiesen: Unter dieser Adresse antwortet kein Dienst.',
  noRoute: 'Kein Weg zu diesem Rechner.',
  nameNotFound: 'Der Rechnername ist nicht bekannt.',
  reset: 'Die Verbindung wurde vor einer Antwort geschlossen.',
  connectTimeout: 'Keine Antwort auf den Verbindungsversuch.',
}
const unreachableTodo = (port: number) => ({
  refused: 'Prüfen Sie, ob MediaMTX läuft und ob in mediamtx.yml „api: yes“ und dieser Port in apiAddress steht.',
  noRoute: 'Prüfen Sie die Adresse, das Netz und das VPN bis dorthin.',
  nameNotFound: 'Prüfen Sie die Schreibweise und den DNS dieses Rechners, oder geben Sie die IP-Adresse an.',
  reset:
    'Probieren Sie http:// statt https:// oder umgekehrt. Antwortet beides nicht, steht vielleicht ein Proxy oder eine Firewall dazwischen, oder MediaMTX wird gerade beendet: Das Log zeigt es.',
  connectTimeout: `Vielleicht verwirft eine Firewall die Pakete: Öffnen Sie TCP-Port ${port} von hier nach dort.`,
})

export const de: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Keine Antwort innerhalb von ${say.number(limitMs / 1000)} s, obwohl die Verbindung steht.`,
    certificateUntrusted: ({ subject }) => `Das Zertifikat (${subject || 'ohne Namen'}) ist von keiner Stelle signiert, der dieses System vertraut.`,
    certificateExpired: ({ validTo }) => `Das Zertifikat ist abgelaufen: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `Das Zertifikat gilt für einen anderen Namen (${names || 'ohne Namen'}).`,
    fingerprintChanged: () => 'Der Server zeigt ein anderes Zertifikat als das festgelegte.',
    notTls: () => 'Der Server spricht unter dieser Adresse kein TLS.',
    tlsRequired: () => 'Der Server verlangt unter dieser Adresse TLS.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Der Server weist Benutzer oder Passwort ab, die er zuvor angenommen hat.'
          : `Der Server weist Benutzer oder Passwort ab, die er zuvor angenommen hat. Er fragt dafür ${authServer}, das möglicherweise ausgefallen ist.`
        : credentialsGiven
          ? 'Der Server weist Benutzer oder Passwort ab. Die Abfrage ist angehalten, um keine Sperre auszulösen.'
          : 'Der Server verlangt Benutzer und Passwort.',
    forbidden: () => 'Dieser Benutzer darf die API nicht verwenden.',
    noApiHere: () => 'Ein Webserver antwortet, aber die MediaMTX-API ist hier nicht (404).',
    notMediaMtx: ({ server, contentType }) =>
      `Hier antwortet nicht die MediaMTX-API${where(server, (name) => `, sondern ${name}`)} (${contentType || 'ohne Inhaltstyp'}).`,
    badReply: (_, detail) => `Die Antwort ist nicht lesbar: ${detail}.`,
    cutReply: ({ receivedBytes }) => `Die Antwort brach nach ${say.number(receivedBytes)} Bytes ab.`,
    tooLarge: ({ limitBytes }) => `Die Antwort ist größer als ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `Der Server antwortete mit Status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `Der Server leitet um (${status}) zu einer Anmeldeseite, ${location}: Vor ihm steht etwas, an dem man sich anmelden muss.`
        : `Der Server leitet um (${status}) nach ${location}.`,
    notEnabled: () => 'Dieses Protokoll ist auf dem Server abgeschaltet.',
    secretMissing: (_, detail) => `Ein Geheimnis ist nicht lesbar: ${detail}.`,
    internal: ({ detail }) => `Diese Konsole versagte beim Lesen der Antwort des Servers: ${detail}.`,
    overdue: ({ ageMs }) => `Seit ${Math.round(ageMs / 1000)} s ist keine Abfrage dieses Servers zu Ende gegangen.`,
  },
  serverTodo: {
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    timedOut: () => 'Vielleicht ist der Server überlastet, oder dort lauscht ein anderes Programm. Prüfen Sie seine Last und sein Log.',
    certificateUntrusted: ({ fingerprint }) => `Vergleichen Sie den SHA-256-Fingerabdruck mit dem des Servers und legen Sie ihn fest: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Erneuern Sie es auf dem Server. Bis dahin lässt sich der Fingerabdruck festlegen: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Nehmen Sie einen seiner Namen als Adresse, oder legen Sie den Fingerabdruck fest: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) =>
      `Wurde es erneuert, legen Sie das neue fest: ${actual} (festgelegt ist ${expected}). Wenn nicht, steht jemand dazwischen.`,
    notTls: () => 'Verwenden Sie http:// statt https://, oder setzen Sie apiEncryption: yes in mediamtx.yml.',
    tlsRequired: () => 'Verwenden Sie https:// statt http://.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Wurden sie geändert, tragen Sie die neuen ein. mtxdeck fragt von selbst wieder, nach 1, 5 und dann alle 15 Minuten.'
          : `Prüfen Sie, ob ${authServer} arbeitet und für MediaMTX erreichbar ist. mtxdeck fragt von selbst wieder, zuerst sofort, später alle 15 Minuten.`
        : credentialsGiven
          ? 'Berichtigen Sie die Zugangsdaten; in der Konfigurationsdatei, wenn der Server dort steht. Die Abfrage läuft dann nach Sekunden weiter.'
          : 'Legen Sie in mediamtx.yml unter authInternalUsers einen Benutzer mit dem Recht „action: api“ an und tragen Sie ihn hier ein.',
    forbidden: () => 'Geben Sie ihm in mediamtx.yml das Recht „action: api“.',
    noApiHere: () => 'Prüfen Sie den Port: Die API hört auf 9997 (8889 ist WebRTC, 8888 HLS, 9998 Metriken).',
    notMediaMtx: () => 'Prüfen Sie Adresse und Port; hinter einem Proxy, ob er /v3/ weitergibt.',
    badReply: () => 'Steht ein Proxy dazwischen, fragen Sie den Server direkt. Sonst senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
    cutReply: () => 'Der Server oder ein Proxy schloss die Verbindung. Bleibt es dabei, prüfen Sie deren Logs.',
    tooLarge: () => 'Das ist mehr, als je ein MediaMTX antwortet: Prüfen Sie, was unter dieser Adresse lauscht.',
    httpStatus: () => 'Prüfen Sie das Log des Servers.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Lassen Sie diese Konsole dort durch, nach ihrer Adresse oder anders: mtxdeck kann sich nicht auf einer Seite anmelden.'
        : 'Tragen Sie die Adresse ein, zu der umgeleitet wird, oder umgehen Sie den Proxy.',
    notEnabled: () => 'Schalten Sie es bei Bedarf in mediamtx.yml ein.',
    secretMissing: () => 'Machen Sie es für diesen Benutzer lesbar, oder geben Sie die Zugangsdaten erneut ein.',
    internal: () => 'Das ist ein Fehler von mtxdeck, das es weiter versucht. Bitte senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
    overdue: () => 'Er antwortet sehr langsam, oder die Abfrage brach unbemerkt ab: mtxdeck beginnt sie neu. Bleibt es dabei, prüfen Sie seine Last.',
  },
  serverDetails: {
    handshakeFailed: ({ code }) => `der TLS-Handshake ist fehlgeschlagen (${code})`,
    noCertificate: () => 'der Server zeigt kein Zertifikat',
    httpBroken: () => 'ihr HTTP ist fehlerhaft',
    jsonBroken: ({ at }) => `ihr JSON ist ab Byte ${say.number(at)} fehlerhaft`,
    tooMuchWhiteSpace: ({ most }) => `sie enthält mehr als ${say.number(most)} Bytes Leerraum an einer Stelle`,
    nestedTooDeep: ({ most }) => `sie ist mehr als ${say.number(most)} Ebenen tief verschachtelt`,
    tooManyValues: ({ most }) => `sie hat mehr als ${say.number(most)} Werte`,
    notAnObject: () => 'sie ist kein JSON-Objekt',
    fieldMissing: ({ field }) => `„${field}“ fehlt`,
    fieldNotAnObject: ({ field }) => `${field} ist kein Objekt`,
    fieldNotText: ({ field }) => `${field} ist kein Text`,
    stateMissing: ({ field }) => `${field} hat weder „available“ noch „ready“`,
    tooManyPages: ({ most }) => `sie hat mehr als ${say.number(most)} Seiten`,
    encryptedWithOtherKey: () => 'das gespeicherte Passwort wurde mit einem anderen Schlüssel verschlüsselt',
    ofOtherAddress: () => 'das gespeicherte wird nicht an eine andere Adresse gesendet',
  },
  host: {
    noRoute: ({ target }, cause) => `Kein Weg zu ${target}${inBrackets(cause)}.`,
    refused: ({ target }) => `${target} weist die Verbindung ab: An diesem Port antwortet kein Dienst.`,
    timeout: ({ target }, cause) => `${target} antwortete nicht rechtzeitig${inBrackets(cause)}.`,
    nameNotFound: ({ target }) => `Der Name in ${target} ist hier nicht bekannt.`,
    notSsh: ({ target }, cause) => `Was unter ${target} antwortet, ist kein brauchbarer SSH-Server${behindColon(cause)}.`,
    authRefused: ({ target, user }, cause) => `${target} lässt ${user ?? 'den Benutzer'} nicht hinein${behindColon(cause)}.`,
    keyUnusable: (_, cause) => `Der private Schlüssel ist nicht zu gebrauchen: ${cause ?? 'unbekannte Art'}.`,
    passphraseWrong: ({ said }, cause) => `${ownSentence(said, cause) ?? `Falsche Passphrase des privaten Schlüssels${inBrackets(cause)}`}.`,
    agentMissing: (_, cause) => `Der SSH-Agent ist nicht erreichbar: ${cause ?? 'SSH_AUTH_SOCK ist nicht gesetzt'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `Erster Kontakt mit ${target}. Sein Schlüssel: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} zeigt einen anderen Schlüssel als bisher: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, bekannt ist ${known}`)}.`,
    jumpFailed: ({ target }, cause) => `Der Weg über ${target} scheiterte${behindColon(cause)}.`,
    shellMissing: ({ target, user, said }, cause) => `Auf ${target} gibt es für ${user ?? 'den Benutzer'} keine POSIX-Shell${quotedWords(said, cause)}.`,
    commandRefused: ({ target, user, said }, cause) => `${target} führt für ${user ?? 'den Benutzer'} keine Befehle aus${quotedWords(said, cause)}.`,
    answerBroken: ({ target, said }, cause) => `Die Antwort von ${target} lässt sich nicht lesen${quotedWords(said, cause)}.`,
    answerEndless: ({ target }) => `Die Antwort von ${target} hörte nicht auf und wurde abgebrochen.`,
    hung: ({ target }, cause) => `${target} blieb mitten in einer Antwort stehen${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `Die Verbindung zu ${target} wurde geschlossen${cause ? `: ${cause}` : ', von der Gegenseite'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `Für diesen Rechner fehlen die Zugangsdaten${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `Diese Konsole versagte beim Lesen von ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    noRoute: () => 'Prüfen Sie Adresse, Netz und VPN sowie Firewalls dazwischen.',
    refused: () => 'Prüfen Sie den Port und ob dort sshd läuft („systemctl status ssh“).',
    timeout: () => 'Vielleicht ist er aus, oder eine Firewall verwirft, was an diesen Port geht: Versuchen Sie „ssh -v“ von diesem Rechner.',
    nameNotFound: () => 'Prüfen Sie die Schreibweise, oder verwenden Sie die Adresse.',
    notSsh: () => 'Prüfen Sie den Port; SSH ist meist auf 22.',
    authRefused: (_, cause) => (cause ? '' : 'Prüfen Sie Benutzernamen und Zugangsdaten.'),
    keyUnusable: () => '',
    passphraseWrong: (_, cause) => (cause ? '' : 'Geben Sie sie erneut ein.'),
    agentMissing: () => 'Starten Sie den Agenten, machen Sie SSH_AUTH_SOCK der Konsole bekannt, oder verwenden Sie einen Schlüssel.',
    hostKeyUnknown: (_, cause) =>
      `Vergleichen Sie ihn mit dem auf dem Rechner („ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub“) und nehmen Sie ihn dann an. Es wurden keine Zugangsdaten gesendet.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'Er wurde neu installiert, oder jemand steht dazwischen: Fragen Sie, wer ihn betreibt, bevor Sie den neuen Schlüssel annehmen'}. Es wurden keine Zugangsdaten gesendet, und bis dahin folgt kein neuer Versuch.`,
    jumpFailed: () => '',
    shellMissing: () => '„sh“ muss dort sein und im PATH stehen; Rechner mit Windows sind nicht lesbar.',
    commandRefused: () => 'Geben Sie dem Benutzer eine Login-Shell, oder erlauben Sie den Befehl der Konsole in authorized_keys, wie die Anleitung zeigt.',
    answerBroken: () => 'Vielleicht stört ein Banner oder ein erzwungener Befehl: Ein Befehl über SSH darf nichts Eigenes ausgeben.',
    answerEndless: () => 'Suchen Sie in den Startdateien der Shell oder im erzwungenen Befehl, was dort ausgibt.',
    hung: () => 'Meist hängt dort eine Platte oder ein Netzlaufwerk.',
    closed: () => '',
    secretMissing: (_, cause) => (cause ? '' : 'Geben Sie sie erneut ein.'),
    internal: () => 'Das ist ein Fehler von mtxdeck, das es weiter versucht: Bitte senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
  },
  hostCauses: {
    wentSilent: () => 'die Gegenseite antwortet nicht mehr',
    sendsTooMuch: () => 'die Gegenseite sendet mehr Daten als angefordert',
    readsNothing: () => 'die Gegenseite liest nicht, was ihr gesendet wird',
    renewsKeysTooOften: () => 'die Gegenseite handelt immer wieder neue Schlüssel aus',
    noTcpConnection: () => 'keine TCP-Verbindung zustande gekommen',
    saidNothing: () => 'Verbindung angenommen, aber nichts gesendet',
    hungUpAtOnce: () => 'Die Gegenseite trennte, bevor sie sich meldete. Vielleicht ist sie überlastet oder sperrt diese Adresse (fail2ban, MaxStartups)',
    hungUpInHandshake: () => 'Die Gegenseite trennte während des Handshakes',
    slowInHandshake: () => 'während des Handshakes',
    otherGreeting: ({ text }) => `Er meldet sich mit „${text}“`,
    noCommonAlgorithm: (_, because) => `Er hat mit der Konsole kein Verschlüsselungsverfahren gemeinsam${inBrackets(because)}. Vielleicht ist er zu alt`,
    protocolBroken: (_, because) => `Er hält sich nicht an das SSH-Protokoll${inBrackets(because)}`,
    keyRevoked: () => 'Laut einer known_hosts-Datei ist dieser Schlüssel widerrufen: Vielleicht steht jemand dazwischen, der ihn gestohlen hat',
    certificateAuthority: () => 'known_hosts nennt dafür eine Zertifizierungsstelle (@cert-authority): Solche werden hier nicht unterstützt',
    brokeOffSigningIn: (_, because) => (because === null ? 'Die Gegenseite trennte während der Anmeldung' : `${because} (während der Anmeldung)`),
    slowSigningIn: () => 'während der Anmeldung',
    notAnAgent: ({ socket }) => `${socket} antwortet nicht wie ein Agent`,
    agentSilent: () => 'der SSH-Agent antwortete nicht',
    agentEmpty: () => 'Der SSH-Agent enthält keinen Schlüssel. Fügen Sie einen hinzu („ssh-add“)',
    agentKeysRefused: ({ count }) =>
      `Keiner der Schlüssel des SSH-Agenten${count === null ? '' : ` (${say.number(count)})`} wurde angenommen. Tragen Sie einen davon in ~/.ssh/authorized_keys dieses Benutzers ein`,
    keyRefused: ({ keyType, fingerprint }) =>
      `Der Schlüssel ${keyType} ${fingerprint} wurde nicht angenommen. Tragen Sie seinen öffentlichen Teil in ~/.ssh/authorized_keys dieses Benutzers ein, und prüfen Sie, dass nur er dort schreiben darf`,
    passwordRefused: () => 'Das Passwort wurde nicht angenommen. Prüfen Sie Benutzernamen und Passwort',
    passwordExpired: () => 'Das Passwort ist abgelaufen. Melden Sie sich einmal selbst an und ändern Sie es',
    noPasswords: ({ offered }) =>
      `Passwörter nimmt er nicht an${where(offered, (methods) => `, nur ${methods}`)}. Verwenden Sie einen Schlüssel oder den Agenten`,
    noKeys: ({ offered }) => `Schlüssel nimmt er nicht an${where(offered, (methods) => `, nur ${methods}`)}. Verwenden Sie ein Passwort`,
    secondCredential: ({ offered }) => `Die Zugangsdaten stimmen, aber es werden weitere verlangt${inBrackets(offered)}, die die Konsole nicht geben kann`,
    nextSilent: ({ next }) => `Von dort antwortete ${next} nicht rechtzeitig`,
    nextUnreachable: ({ next, said }) => `Von dort ist ${next} nicht erreichbar (${said ?? 'ohne Angabe von Gründen'})`,
    forwardingRefused: ({ next }) => `Er leitet nicht zu ${next} weiter (AllowTcpForwarding, PermitOpen oder „restrict“ in seiner Konfiguration)`,
    connectionEnded: () => 'Die Verbindung wurde beendet',
    jumpBroke: (_, because) => `Der Weg über einen Sprungrechner brach ab${inBrackets(because)}`,
    passphraseMissing: () =>
      'Der private Schlüssel ist verschlüsselt, und es wurde keine Passphrase angegeben. Geben Sie sie ein, oder verwenden Sie einen Schlüssel ohne Passphrase',
    keyEmpty: () => 'Er ist leer',
    keyDamaged: () => 'Er ist beschädigt. Kopieren Sie die ganze Datei erneut, von BEGIN bis END',
    keyNotOpened: () => 'Er ließ sich nicht öffnen',
    publicHalf: () => 'Das ist der öffentliche Teil eines Schlüssels. Geben Sie den privaten an: die Datei ohne „.pub“',
    certificate: () => 'Das ist ein Zertifikat, kein privater Schlüssel',
    notAPrivateKey: () => 'Das ist kein privater Schlüssel im Format von OpenSSH oder PEM. „ssh-keygen -p -f FILE“ schreibt ihn neu',
    keyInToken: ({ keyType }) => `Er liegt in einem Hardware-Token (${keyType}). Verwenden Sie dafür den Agenten`,
    keyTypeNotOfSsh: ({ keyType }) => `Seinen Typ (${keyType}) kennt SSH nicht. Verwenden Sie Ed25519, ECDSA oder RSA`,
    keyTypeUnsupported: ({ keyType }) => `Sein Typ (${keyType}) wird nicht unterstützt. Verwenden Sie Ed25519, ECDSA oder RSA`,
    dsaKey: () => 'Sein Typ ist DSA, den SSH-Server nicht mehr annehmen. Verwenden Sie Ed25519, ECDSA oder RSA',
    noFile: ({ file }) => `Auf diesem Rechner gibt es keine Datei ${file}`,
    fileForbidden: ({ file }) => `Die Konsole darf ${file} nicht lesen. Geben Sie ihrem Benutzer das Leserecht`,
    fileIsFolder: ({ file }) => `${file} ist ein Ordner`,
    fileTooLarge: ({ file }) => `${file} ist zu groß für einen Schlüssel`,
    fileUnreadable: ({ file, code }) => `${file} ist nicht lesbar${inBrackets(code)}`,
    noKeyStored: () => 'Für diesen Rechner ist kein privater Schlüssel gespeichert. Geben Sie ihn erneut an',
    credentialUnreadable: () => 'Die gespeicherten Zugangsdaten sind nicht mehr lesbar (ihr Schlüssel hat sich geändert): Geben Sie sie erneut ein',
    credentialLeftBehind: () => 'Die Zugangsdaten wurden nicht für die neue Adresse übernommen: Geben Sie sie erneut ein',
    noChannel: () => 'es wurde kein Kanal geöffnet',
    commandEnded: () => 'Der Befehl wurde beendet',
    commandEndedAtOnce: ({ code }) => `sofort beendet, Rückgabewert ${code ?? 'unbekannt'}`,
    answerEndedEarly: () => 'mittendrin abgebrochen',
    answerIncomplete: ({ limitMs }) => `keine vollständige Antwort innerhalb von ${seconds(limitMs)}`,
    noReading: ({ limitMs }) => `keine Daten innerhalb von ${seconds(limitMs)}`,
  },
}
