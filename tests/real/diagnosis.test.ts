import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server as TcpServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestSshHost } from '../../src/engine/hosts/testSshHost.fixture.ts'
import type { Diagnosis, DiagnosisFinding } from '../../src/shared/diagnosis.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { makeClip } from './makeClip.ts'
import { startPublisher } from './realServer.ts'

const at = ({ findings }: Diagnosis, step: DiagnosisFinding['step'], endpoint: DiagnosisFinding['endpoint'] = null) =>
  findings.find((finding) => finding.step === step && (endpoint === null || finding.endpoint === endpoint))
const failed = ({ findings }: Diagnosis) => findings.filter(({ outcome }) => outcome === 'failed')

describe.skipIf(binary === null)('a diagnosis of a real server', () => {
  let lab: Lab
  beforeAll(async () => {
    // Keyframes 1 s apart: what 001 wants of its students.
    lab = await startLab(
      'rtspAuthMethods: [basic]\npaths:\n  cam:\n  lost:\n  never:\n  long:\n  jpeg:\n  rare:\n  pulled:\n    source: rtsp://127.0.0.1:1/nothing\n',
      {
        gop: 25,
      },
    )
    await until('its configuration is read', 30, async () => (await lab.client().servers.get({ id: lab.serverId() })).addressesFrom === 'configuration')
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  it('that is well says so, after every door was tried', async () => {
    const diagnosis = await lab.client().diagnosis.ofServer({ serverId: lab.serverId() })
    expect(failed(diagnosis)).toEqual([])
    expect(diagnosis.verdict).toEqual({ kind: 'allWell' })
    expect(at(diagnosis, 'srtHandshake')).toMatchObject({ outcome: 'ok' })
    expect(at(diagnosis, 'rtspOptions')?.found).toEqual({ kind: 'answers' })
    expect(at(diagnosis, 'web', 'hls')?.found).toEqual({ kind: 'answers' })
    expect(JSON.stringify(diagnosis)).not.toContain('watch-me')
    expect(diagnosis.words).toContain('Everything that was tried answers')
    expect(await lab.client().diagnosis.kept({ serverId: lab.serverId() })).toEqual([diagnosis])
  })

  it('of a stream that plays finds out of what it consists, and counts nobody as a viewer', async () => {
    await using publisher = startPublisher(lab.clip, lab.rtsp('cam'), 'rtsp', 'tcp')
    await lab.live('cam')
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'cam' })
    expect(publisher).toBeDefined()
    expect(failed(diagnosis)).toEqual([])
    expect(at(diagnosis, 'rtspDescribe')).toMatchObject({ outcome: 'ok', found: { kind: 'described', media: expect.arrayContaining(['video H264']) } })
    expect(at(diagnosis, 'hlsPlaylist')).toMatchObject({ outcome: 'ok', found: { kind: 'playlist' } })
    expect(at(diagnosis, 'whep')?.found).toEqual({ kind: 'answers' })
    expect(diagnosis.verdict).toMatchObject({ kind: 'allWell' })
    await lab.nextAnswer()
    expect((await lab.stream('cam'))?.figures.readers ?? 0).toBe(0)
  })

  it('of a stream that nobody sends says that, and of one that the server pulls in vain, that', async () => {
    const nobody = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'never' })
    expect(nobody.verdict).toEqual({ kind: 'nobodyPublishes', path: 'never' })
    expect(at(nobody, 'rtspDescribe')).toMatchObject({ outcome: 'failed', found: { error: { kind: 'httpStatus', status: 404 } } })
    const pulled = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'pulled' })
    expect(at(pulled, 'stream')?.found).toMatchObject({ kind: 'streamIs', source: 'rtsp' })
    expect(pulled.verdict).toMatchObject({ kind: 'sourceFails', path: 'pulled' })
  })

  it('whose publisher is lost (RTSP connection ended) says who it was and when; one that is frozen is told from it', async () => {
    await using publisher = startPublisher(lab.clip, lab.rtsp('lost'), 'rtsp', 'tcp')
    await lab.live('lost')
    publisher.freeze()
    await until('it stalls', 20, async () => (await lab.stream('lost'))?.state === 'stalled')
    const frozen = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'lost' })
    expect(frozen.verdict).toEqual({ kind: 'stalled', path: 'lost' })
    await publisher[Symbol.asyncDispose]()
    await until('it is gone', 20, async () => (await lab.stream('lost'))?.state === 'gone')
    const lost = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'lost' })
    expect(at(lost, 'rtspDescribe')).toMatchObject({ outcome: 'failed', found: { error: { kind: 'httpStatus', status: 404 } } })
    expect(lost.verdict).toEqual({
      kind: 'publisherLost',
      path: 'lost',
      endpoint: 'rtsp',
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      at: expect.any(String),
      said: null,
    })
    expect(lost.words).toContain('did not come back')
  })

  it('of a name that no path is for (publishing fails, WHIP 500) names that', async () => {
    // What a browser gets that publishes there.
    const offer = await fetch(`http://127.0.0.1:${lab.server.ports.webrtc}/exam_1_student_2/whip`, { method: 'OPTIONS' })
    expect([offer.status, (await offer.json()) as unknown]).toEqual([500, expect.objectContaining({ error: expect.stringContaining('is not configured') })])
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'exam_1_student_2' })
    expect(at(diagnosis, 'stream')).toMatchObject({ outcome: 'failed', found: { kind: 'pathNotConfigured' } })
    expect(diagnosis.verdict).toEqual({ kind: 'pathNotConfigured', path: 'exam_1_student_2' })
    expect(diagnosis.words).toContain('all_others')
  })

  it('whose stream has its keyframes far apart (delay too high) names them', async () => {
    await lab.server.ask('PATCH', '/v3/config/global/patch', { hlsVariant: 'mpegts' })
    const clip = lab.clip.replace(/clip\.mkv$/, 'long.mkv')
    await makeClip(clip, { width: 320, height: 180, videoKbps: 300, gop: 150, seconds: 12 })
    await using publisher = startPublisher(clip, lab.rtsp('long'), 'rtsp', 'tcp')
    await lab.live('long')
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'long' })
    expect(publisher).toBeDefined()
    expect(diagnosis.verdict).toMatchObject({ kind: 'hlsLate', seconds: 6 })
    expect(diagnosis.words).toContain('GOP')
  })

  it('whose stream is nothing for browsers (M-JPEG) says that, and asks HLS for nothing', async () => {
    const source = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=10', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-huffman', 'default']
    const publisher = spawn('ffmpeg', ['-loglevel', 'error', ...source, '-f', 'rtsp', '-rtsp_transport', 'tcp', lab.rtsp('jpeg')])
    try {
      await lab.live('jpeg')
      const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'jpeg' })
      expect(at(diagnosis, 'hlsPlaylist')).toMatchObject({ outcome: 'skipped', found: { kind: 'notCarried', codecs: ['M-JPEG'] } })
      expect(diagnosis.verdict).toEqual({ kind: 'notCarried', endpoints: ['hls', 'webrtc'], codecs: ['M-JPEG'] })
      expect(diagnosis.words).toContain('RTSP')
    } finally {
      publisher.kill('SIGKILL')
      await once(publisher, 'exit')
    }
  })

  it('whose stream has a key frame every 20 s names these, not the server', async () => {
    const clip = lab.clip.replace(/clip\.mkv$/, 'rare.mkv')
    await makeClip(clip, { width: 320, height: 180, videoKbps: 300, gop: 500, seconds: 40 })
    await using publisher = startPublisher(clip, lab.rtsp('rare'), 'rtsp', 'tcp')
    await lab.live('rare')
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'rare' })
    expect(publisher).toBeDefined()
    expect(diagnosis.verdict).toEqual({ kind: 'hlsLate', seconds: null })
    expect(diagnosis.words).toContain('GOP')
  })

  it('that does not run any more, or whose port another program has, says so', async () => {
    await lab.server.stop()
    const stopped = await lab.client().diagnosis.ofServer({ serverId: lab.serverId() })
    expect(stopped.verdict).toEqual({ kind: 'notRunning', host: '127.0.0.1', said: null })
    const thief: TcpServer = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-other\r\n'),
    ).listen(lab.server.ports.rtsp, '127.0.0.1')
    await once(thief, 'listening')
    try {
      const taken = await lab.client().diagnosis.ofServer({ serverId: lab.serverId() })
      expect(at(taken, 'rtspOptions')).toMatchObject({ outcome: 'failed', found: { kind: 'otherProgram' } })
      // It does not start: what an operator sees in its log.
      await expect(lab.server.start()).rejects.toThrow(/address already in use/)
      expect(taken.verdict).toEqual({ kind: 'portTaken', port: lab.server.ports.rtsp })
      expect(taken.words).toContain('ss -ltnup')
    } finally {
      thief.close()
      await once(thief, 'close')
    }
  })
})

describe.skipIf(binary === null || process.platform !== 'linux')('a diagnosis of a real server on a machine that is read over SSH', () => {
  it.each(['plain', 'structured'])('says why the last publisher left and why a source fails, by its %s log', async (form) => {
    await using host = await createTestSshHost()
    await using lab = await startLab('logDestinations: [stdout, file]\nlogFile: own.log\npaths:\n  cam:\n')
    // Older ones write plain lines only.
    if (form === 'structured' && lab.server.isAtLeast('1.15.6')) await lab.server.ask('PATCH', '/v3/config/global/patch', { logStructured: true })
    const { id } = await lab.client().hosts.add({ name: 'far', ssh: host.ssh, auth: { kind: 'password', password: 'secret' } })
    await until('it shows its key', 20, async () => (await lab.client().hosts.list())[0]?.error?.kind === 'hostKeyUnknown')
    await lab.client().hosts.acceptKey({ id, target: host.target, fingerprint: host.fingerprint() })
    await lab.client().hosts.update({ id, change: { serverId: lab.serverId() } })
    await using publisher = startPublisher(lab.clip, lab.rtsp('cam'), 'rtsp', 'tcp')
    await lab.live('cam')
    await until('its process is found', 70, async () => (await lab.client().hosts.list())[0]?.reading?.mediaServer != null)
    await publisher[Symbol.asyncDispose]()
    await until('it is gone', 20, async () => (await lab.stream('cam'))?.state === 'gone')
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'cam' })
    expect(at(diagnosis, 'hostProcess')).toMatchObject({ outcome: 'ok', found: { kind: 'processRuns' } })
    const { ports } = lab.server
    // It is bound to loopback, where the console is, too.
    expect(at(diagnosis, 'hostPorts')?.found).toMatchObject({
      listening: [],
      closed: expect.arrayContaining([
        { endpoint: 'api', port: ports.api },
        { endpoint: 'rtsp', port: ports.rtsp },
        { endpoint: 'srt', port: ports.srt },
      ]),
    })
    expect(at(diagnosis, 'hostLog')).toMatchObject({ outcome: 'ok', found: { kind: 'logSays', closed: expect.any(String) } })
    expect(diagnosis.verdict).toMatchObject({
      kind: 'publisherLost',
      path: 'cam',
      endpoint: 'rtsp',
      said: expect.stringMatching(/EOF|reset|terminated|closed/i),
    })
    // Nothing listens there: its API says nothing of that, its log does.
    await lab.server.ask('POST', '/v3/config/paths/add/pulled', { source: 'rtsp://127.0.0.1:9/x' })
    await until('its source failed', 60, async () => {
      const { verdict } = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'pulled' })
      return verdict?.kind === 'sourceFails' && verdict.said?.includes('connection refused')
    })
  })
})

describe.skipIf(binary === null)('a diagnosis of a real server that refuses publishers', () => {
  const users = (more: string) => `authMethod: internal
authInternalUsers:
  - user: any
    pass:
    permissions: [{ action: read }]
  - user: noc
    pass: watch-me
    permissions: [{ action: api }]
${more}`
  const refusedBy = async (lab: Lab, credentials: string) => {
    // Before 1.10 a publisher's offer is read before anything is asked of its user; a browser asks by OPTIONS first.
    const headers = { authorization: `Basic ${btoa(credentials)}` }
    const answer = await fetch(`http://127.0.0.1:${lab.server.ports.webrtc}/exam_1/whip`, { method: 'OPTIONS', headers })
    return answer.status
  }
  it('(WHIP 401 or 403), all of them, says so', async () => {
    await using lab = await startLab('paths:\n  all_others:\n', {}, undefined, users(''))
    await until('its configuration is read', 30, async () => (await lab.client().servers.get({ id: lab.serverId() })).addressesFrom === 'configuration')
    expect(await refusedBy(lab, 'student:wrong')).toBe(401)
    const diagnosis = await lab.client().diagnosis.ofStream({ serverId: lab.serverId(), path: 'exam_1' })
    expect(diagnosis.verdict).toEqual({ kind: 'publishingForbidden', path: 'exam_1' })
    expect(diagnosis.words).toContain('action: publish')
  })
})
