import type { HostFailure } from '../../errors.ts'
import type { Rest } from '../catalogue.ts'
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

export const de: Rest<ErrorWords> = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Keine Antwort innerhalb von ${say.number(limitMs / 1000)} s, obwohl die Verbindung steht.`,
    certificateUntrusted: ({ subject }) => `Das Zertifikat (${subject || 'ohne Namen'}) ist von keiner Stelle signiert, der dieses System vertraut.`,
    certificateWrongName: ({ names }) => `Das Zertifikat gilt für einen anderen Namen (${names || 'ohne Namen'}).`,
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Der Server weist Benutzer oder Passwort ab, die er zuvor angenommen hat.'
          : `Der Server weist Benutzer oder Passwort ab, die er zuvor angenommen hat. Er fragt dafür ${authServer}, das möglicherweise ausgefallen ist.`
        : credentialsGiven
          ? 'Der Server weist Benutzer oder Passwort ab. Die Abfrage ist angehalten, um keine Sperre auszulösen.'
          : 'Der Server verlangt Benutzer und Passwort.',
    notMediaMtx: ({ server, contentType }) =>
      `Hier antwortet nicht die MediaMTX-API${where(server, (name) => `, sondern ${name}`)} (${contentType || 'ohne Inhaltstyp'}).`,
    badReply: (_, detail) => `Die Antwort ist nicht lesbar: ${detail}.`,
    tooLarge: ({ limitBytes }) => `Die Antwort ist größer als ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `Der Server antwortete mit Status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `Der Server leitet um (${status}) zu einer Anmeldeseite, ${location}: Vor ihm steht etwas, an dem man sich anmelden muss.`
        : `Der Server leitet um (${status}) nach ${location}.`,
    secretMissing: (_, detail) => `Ein Geheimnis ist nicht lesbar: ${detail}.`,
    overdue: ({ ageMs }) => `Seit ${Math.round(ageMs / 1000)} s ist keine Abfrage dieses Servers zu Ende gegangen.`,
  },
  serverTodo: {
    badReply: ({ detail }) =>
      detail.kind === 'clientCertificateWanted'
        ? 'Geben Sie in den Einstellungen des Servers das richtige Client-Zertifikat mit seinem Schlüssel ein.'
        : 'Steht ein Proxy dazwischen, fragen Sie den Server direkt. Sonst senden Sie uns die Ausgabe von „mtxdeck diagnose“.',
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Wurden sie geändert, tragen Sie die neuen ein. mtxdeck fragt von selbst wieder, nach 1, 5 und dann alle 15 Minuten.'
          : `Prüfen Sie, ob ${authServer} arbeitet und für MediaMTX erreichbar ist. mtxdeck fragt von selbst wieder, zuerst sofort, später alle 15 Minuten.`
        : credentialsGiven
          ? 'Berichtigen Sie die Zugangsdaten; in der Konfigurationsdatei, wenn der Server dort steht. Die Abfrage läuft dann nach Sekunden weiter.'
          : 'Legen Sie in mediamtx.yml unter authInternalUsers einen Benutzer mit dem Recht „action: api“ an und tragen Sie ihn hier ein.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Lassen Sie diese Konsole dort durch, nach ihrer Adresse oder anders: mtxdeck kann sich nicht auf einer Seite anmelden.'
        : 'Tragen Sie die Adresse ein, zu der umgeleitet wird, oder umgehen Sie den Proxy.',
  },
  host: {
    noRoute: ({ target }, cause) => `Kein Weg zu ${target}${inBrackets(cause)}.`,
    timeout: ({ target }, cause) => `${target} antwortete nicht rechtzeitig${inBrackets(cause)}.`,
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
    hung: ({ target }, cause) => `${target} blieb mitten in einer Antwort stehen${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `Die Verbindung zu ${target} wurde geschlossen${cause ? `: ${cause}` : ', von der Gegenseite'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `Für diesen Rechner fehlen die Zugangsdaten${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `Diese Konsole versagte beim Lesen von ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    keyUnusable: () => '',
    jumpFailed: () => '',
    closed: () => '',
    authRefused: (_, cause) => (cause ? '' : 'Prüfen Sie Benutzernamen und Zugangsdaten.'),
    passphraseWrong: (_, cause) => (cause ? '' : 'Geben Sie sie erneut ein.'),
    hostKeyUnknown: (_, cause) =>
      `Vergleichen Sie ihn mit dem auf dem Rechner („ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub“) und nehmen Sie ihn dann an. Es wurden keine Zugangsdaten gesendet.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'Er wurde neu installiert, oder jemand steht dazwischen: Fragen Sie, wer ihn betreibt, bevor Sie den neuen Schlüssel annehmen'}. Es wurden keine Zugangsdaten gesendet, und bis dahin folgt kein neuer Versuch.`,
    secretMissing: (_, cause) => (cause ? '' : 'Geben Sie sie erneut ein.'),
  },
  hostCauses: {
    noCommonAlgorithm: (_, because) => `Er hat mit der Konsole kein Verschlüsselungsverfahren gemeinsam${inBrackets(because)}. Vielleicht ist er zu alt`,
    protocolBroken: (_, because) => `Er hält sich nicht an das SSH-Protokoll${inBrackets(because)}`,
    brokeOffSigningIn: (_, because) => (because === null ? 'Die Gegenseite trennte während der Anmeldung' : `${because} (während der Anmeldung)`),
    agentKeysRefused: ({ count }) =>
      `Keiner der Schlüssel des SSH-Agenten${count === null ? '' : ` (${say.number(count)})`} wurde angenommen. Tragen Sie einen davon in ~/.ssh/authorized_keys dieses Benutzers ein`,
    noPasswords: ({ offered }) =>
      `Passwörter nimmt er nicht an${where(offered, (methods) => `, nur ${methods}`)}. Verwenden Sie einen Schlüssel oder den Agenten`,
    noKeys: ({ offered }) => `Schlüssel nimmt er nicht an${where(offered, (methods) => `, nur ${methods}`)}. Verwenden Sie ein Passwort`,
    secondCredential: ({ offered }) => `Die Zugangsdaten stimmen, aber es werden weitere verlangt${inBrackets(offered)}, die die Konsole nicht geben kann`,
    nextUnreachable: ({ next, said }) => `Von dort ist ${next} nicht erreichbar (${said ?? 'ohne Angabe von Gründen'})`,
    jumpBroke: (_, because) => `Der Weg über einen Sprungrechner brach ab${inBrackets(because)}`,
    fileUnreadable: ({ file, code }) => `${file} ist nicht lesbar${inBrackets(code)}`,
    commandEndedAtOnce: ({ code }) => `sofort beendet, Rückgabewert ${code ?? 'unbekannt'}`,
    answerIncomplete: ({ limitMs }) => `keine vollständige Antwort innerhalb von ${seconds(limitMs)}`,
    noReading: ({ limitMs }) => `keine Daten innerhalb von ${seconds(limitMs)}`,
  },
}
