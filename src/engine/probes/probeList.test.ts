import { describe, expect, test } from 'vitest'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import { readProbeList } from './probeList.ts'

const read = (csv: string, ofFile: readonly string[] = []) => readProbeList(csv, (name) => ofFile.includes(name))
const wrong = (csv: string, ofFile?: readonly string[]) =>
  read(csv, ofFile).validationErrors.map(({ line, column, validationError }) => `${line} ${column ?? '-'}: ${validationErrorText(validationError, 'en')}`)

describe('a list of probes', () => {
  test('names each with its address; the rest is as usual where it is left out', () => {
    const { inputs, validationErrors } = read('name,url\ncam1,rtsp://10.0.0.9/cam1\n')
    expect(validationErrors).toEqual([])
    expect(inputs).toEqual([probeInputSchema.parse({ name: 'cam1', url: 'rtsp://10.0.0.9/cam1' })])
  })

  test('has its columns in any order, written as people write them, separated as their spreadsheet does', () => {
    const csv =
      '\uFEFFInterval seconds;URL;Name;project;paused;retries;mode;checks;profile\r\n10;"http://10.0.0.9/a;b.flv";"cam ""1""";north;TRUE;0;continuous;black, silent transport;slides\r\n\r\n'
    expect(read(csv)).toEqual({
      validationErrors: [],
      columns: ['intervalSeconds', 'url', 'name', 'project', 'paused', 'retries', 'mode', 'checks', 'profile'],
      inputs: [
        {
          name: 'cam "1"',
          url: 'http://10.0.0.9/a;b.flv',
          project: 'north',
          intervalSeconds: 10,
          mode: 'continuous',
          lookSeconds: 6,
          retries: 0,
          paused: true,
          contract: null,
          profile: 'slides',
          checks: ['black', 'silent', 'transport'],
          thresholds: {},
        },
      ],
    })
  })

  test.each([',', ';', '\t'].flatMap((separator) => [1, 2, 5, 8].flatMap((rows) => ['', '\n', '\r\n'].map((end) => ({ separator, rows, end })))))(
    'is read however short: $rows rows of two columns, separated by $separator, ended by $end',
    ({ separator, rows, end }) => {
      const lines = Array.from({ length: rows }, (_, n) => `cam${n}${separator}rtsp://10.0.0.9/cam${n}`)
      const { inputs, validationErrors } = read([`name${separator}url`, ...lines].join(end || '\n') + end)
      expect([inputs.map(({ name }) => name), validationErrors]).toEqual([lines.map((_, n) => `cam${n}`), []])
    },
  )

  test('may name its separator in a line of its own, as Excel does; mistakes have the lines of the file', () => {
    expect(read('sep=;\r\nname;url\r\ncam1;"rtsp://10.0.0.9/a,b,c"\r\n').inputs.map(({ url }) => url)).toEqual(['rtsp://10.0.0.9/a,b,c'])
    expect(wrong('sep=;\nname;url\n;rtsp://10.0.0.9/a\n')).toEqual(['3 name: "name" is missing'])
  })

  test('is refused with the line and column of each mistake', () => {
    expect(wrong('name,urls\n')).toEqual(['1 urls: unknown key; did you mean url?', '1 -: "url" is missing'])
    expect(wrong('')).toEqual(['1 -: "name" is missing', '1 -: "url" is missing'])
    expect(
      wrong(
        'name,url,intervalSeconds,mode\n,rtsp://10.0.0.9/a,30,turns\ncam2,file:///etc/passwd,1,always\ncam3,rtsp://10.0.0.9/c,soon,\ncam3,rtsp://10.0.0.9/d,,\nof file,srt://10.0.0.9:8890,,',
        ['of file'],
      ),
    ).toEqual([
      '2 name: "name" is missing',
      '3 url: expected a value such as rtsp://…, rtsps://…, rtmp://…, rtmps://…, srt://…, http://…, https://…, whep://…, wheps://…, udp://…',
      '3 intervalSeconds: expected a whole number from 5 to 86,400',
      '3 mode: expected one of turns, continuous',
      '4 intervalSeconds: expected a whole number from 5 to 86,400',
      '6 name: this probe is in the configuration file: change it there',
    ])
  })

  test('tells the first fifty mistakes, and takes no more than a console has', () => {
    expect(wrong(`name,url\n${'x,y\n'.repeat(200)}`)).toHaveLength(50)
    const rows = Array.from({ length: mostProbes + 1 }, (_, index) => `cam${index},rtsp://10.0.0.9/${index}`)
    expect(read(`name,url\n${rows.slice(1).join('\n')}`).inputs).toHaveLength(mostProbes)
    expect(wrong(`name,url\n${rows.join('\n')}`)).toHaveLength(1)
  })
})

test('an address of a stream has a scheme and a host, whatever else is in it', () => {
  const read = (url: string) => readProbeList(`name,url\nx,"${url}"`, () => false).validationErrors.length === 0
  for (const url of [
    'rtsp://10.0.0.9/cam',
    'RTSPS://noc:p@ss@[fe80::1]:322/x',
    'srt://10.0.0.9:8890?streamid=a',
    'udp://239.1.1.1:5000',
    'http://***@cam.example/x.flv',
  ])
    expect(read(url), url).toBe(true)
  for (const url of ['rtsp:///cam', 'rtsp://', 'rtsp://noc@/x', 'rtsp:/x', 'cam.example/x', 'rtsp://10.0.0.9:port/x']) expect(read(url), url).toBe(false)
})
