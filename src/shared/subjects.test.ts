import { expect, test } from 'vitest'
import { deviceSubject, hostSubject, ownerIdOf, partOf, sameSubject, serverSubject, streamSubject } from './subjectNames.ts'
import { seriesNamed, seriesOf, seriesSchema } from './subjects.ts'

const host = 'host-abcd1234'
const all = [serverSubject('a'), streamSubject('a', 'cam/1'), hostSubject(host), deviceSubject(host, 'disk:/')] as const
const metrics = ['server.readers', 'path.bitrateIn', 'host.cpu', 'device.used'] as const

test('a series names a subject and one of its metrics', () => {
  for (const [n, subject] of all.entries())
    for (const [m, metric] of metrics.entries()) {
      const series = { subject, metric }
      expect(seriesSchema.safeParse(series)).toMatchObject(n === m ? { success: true, data: series } : { success: false })
      if (n === m) expect(seriesOf(subject, metric)).toEqual(series)
      else expect(() => seriesOf(subject, metric)).toThrow(metric)
    }
})

test('series are read as they were named before, when the metric alone said of what they are', () => {
  for (const [n, subject] of all.entries()) {
    const metric = metrics[n] as (typeof metrics)[number]
    const older = { serverId: ownerIdOf(subject), path: partOf(subject) ?? '', metric }
    expect(seriesSchema.parse(older)).toEqual({ subject, metric })
    expect(seriesNamed(ownerIdOf(subject), partOf(subject), metric)).toEqual({ subject, metric })
  }
})

test('what is no subject is refused', () => {
  const refused: unknown[] = [
    { serverId: 'a', path: '', metric: 'path.readers' },
    { subject: { kind: 'stream', serverId: 'a', path: '' }, metric: 'path.readers' },
    { subject: { kind: 'host', hostId: 'a' }, metric: 'host.cpu' },
    { subject: { kind: 'session', serverId: 'a' }, metric: 'path.readers' },
    { serverId: 'a', path: 'cam', metric: 'path.unheardOf' },
  ]
  for (const series of refused) expect(seriesSchema.safeParse(series).success, JSON.stringify(series)).toBe(false)
})

test('subjects are the same by what they name', () => {
  for (const [n, one] of all.entries()) for (const [m, other] of all.entries()) expect(sameSubject({ ...one }, other)).toBe(n === m)
  expect(sameSubject(streamSubject('a', 'x'), streamSubject('b', 'x'))).toBe(false)
})
