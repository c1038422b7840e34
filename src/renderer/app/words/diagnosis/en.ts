/** English words of diagnoses, and of where a stream plays. */
export const en = {
  diagnosis: {
    button: 'Diagnose',
    hint: 'Tries its ports, TLS, API and protocols once, and says what is wrong and what to do',
    title: 'Diagnosis',
    text: '{{name}}, as seen from this console. Nothing on the server is changed.',
    running: 'Everything is being tried once, for half a minute at most…',
    steps: 'What was tried',
    endedAt: 'at {{time}}',
    again: 'Diagnose again',
    wake: 'Start the source, and diagnose again',
    copy: 'Copy as text',
    copied: 'Copied',
    failed: 'Not diagnosed: {{reason}}',
    outcome: { ok: 'OK', warning: 'to be noted', failed: 'failed', skipped: 'not tried' },
  },
  playability: {
    title: 'Where it plays',
    notTried: 'by its tracks and the configuration',
    triedAt: 'tried at {{time}}',
    byTracksThen: 'by its tracks at that time',
    try: 'Try',
    trying: 'Trying…',
    hint: 'Tries each protocol once from this console, and judges again',
    failed: 'Not judged: {{reason}}',
  },
} as const
