import { streamStates } from '../../src/shared/streams.ts'
import type { Dashboard, Row, Variable } from './grafana.ts'
import { charted, chartPanel, metricPanel, type Panel, statPanel, sumPanel, tablePanel, topPanel, uncharted } from './panels.ts'

/** Several consoles may be scraped by one Prometheus; each is seen by itself. */
const consoleVariable: Variable = { name: 'console', label: 'Console', query: 'label_values(mtxdeck_info, instance)' }
const ofConsole = 'instance="$console"'
const within = (...selectors: readonly string[]): string => [ofConsole, ...selectors].join(',')

const serverQuery = `label_values(mtxdeck_server_info{${ofConsole}}, server)`
const someServers = within('server=~"$server"')
const oneServer = within('server="$server"')
const oneStream = within('server="$server"', 'path="$path"')
const someHosts = within('host=~"$host"')
const someProbes = within('project=~"$project"', 'probe=~"$probe"')

const troubles = (of: 'server' | 'stream', selector: string, width = 12): Panel =>
  tablePanel(
    of === 'server' ? 'Servers: what is wrong' : 'Streams: what is wrong',
    'By kind and severity, as the rules say, without their delays. Nothing wrong: no data.',
    `mtxdeck_${of}_trouble{${selector}}`,
    { width },
  )
const states = (selector: string): Panel =>
  chartPanel(
    'Streams by state',
    `How many streams are ${streamStates.slice(0, 4).join(', ')}.`,
    'short',
    [{ expr: `count by (state) (mtxdeck_stream_state{${selector}})`, legend: '{{state}}' }],
    { isStacked: true, shape: 'steps' },
  )
const perMinute = (name: string, by: string, selector: string) => ({
  expr: `60 * sum by (${by}) (rate(${name}{${selector}}[$__rate_interval]))`,
  legend: `{{${by}}}`,
})
const outcomes = (title: string, help: string, name: string, selector: string): Panel =>
  chartPanel(`${title}, per minute`, help, 'short', [perMinute(name, 'outcome', selector)])

const fleet: Dashboard = {
  uid: 'mtxdeck-fleet',
  title: 'mtxdeck: fleet',
  description: 'All servers of a console: what is wrong, what goes in and out, how alarms are told, and the console itself.',
  variables: [consoleVariable, { name: 'server', label: 'Server', query: serverQuery, all: true }],
  rows: [
    {
      title: 'Now',
      panels: [
        statPanel('Servers watched', 'Servers of the console.', `count(mtxdeck_server_info{${someServers}})`),
        statPanel(
          'Servers that do not answer',
          'Servers that did not answer in time at their last poll.',
          `count(mtxdeck_server_reachable{${someServers}} == 0) or vector(0)`,
          { isTrouble: true },
        ),
        sumPanel('server.streamsInTrouble', someServers),
        sumPanel('server.streamsLive', someServers),
        sumPanel('server.readers', someServers),
        statPanel('Streams known', 'Streams with figures of now, slates and stalled ones among them.', `count(mtxdeck_stream_state{${someServers}})`),
        { ...sumPanel('server.bitrateIn', someServers), width: 6 },
        { ...sumPanel('server.bitrateOut', someServers), width: 6 },
        statPanel('Open alarms', 'Alarms that nobody has put away, by severity.', `sum by (severity) (mtxdeck_alarms{${within('state="unacknowledged"')}})`, {
          width: 12,
          targets: [{ expr: `sum by (severity) (mtxdeck_alarms{${within('state="unacknowledged"')}})`, legend: '{{severity}}' }],
        }),
      ],
    },
    {
      title: 'What is wrong',
      panels: [
        troubles('server', someServers),
        troubles('stream', someServers),
        chartPanel(
          'Open alarms by severity',
          'In all states, acknowledged and shelved ones among them.',
          'short',
          [{ expr: `sum by (severity) (mtxdeck_alarms{${ofConsole}})`, legend: '{{severity}}' }],
          { isStacked: true, shape: 'steps' },
        ),
        chartPanel(
          'Open alarms by state',
          'Who has taken them, and what is put away.',
          'short',
          [{ expr: `sum by (state) (mtxdeck_alarms{${ofConsole}})`, legend: '{{state}}' }],
          { isStacked: true, shape: 'steps' },
        ),
      ],
    },
    { title: 'Servers', panels: charted('servers').map((id) => metricPanel(id, someServers, '{{server}}')) },
    {
      title: 'Streams',
      panels: [states(someServers), topPanel('path.bitrateIn', someServers), topPanel('path.readers', someServers), topPanel('path.packetsLost', someServers)],
    },
    {
      title: 'Telling of alarms',
      isClosed: true,
      panels: [
        chartPanel(
          'Channels that accept',
          '1: the last message was accepted, 0: it was not.',
          'short',
          [{ expr: `mtxdeck_channel_up{${ofConsole}}`, legend: '{{channel}}' }],
          {
            shape: 'steps',
            max: 1,
          },
        ),
        outcomes(
          'Messages',
          'What channels did with messages about alarms: accepted, failed (and sent again), refused for good.',
          'mtxdeck_messages_total',
          ofConsole,
        ),
        chartPanel('Messages that wait', 'Not sent yet, by channel.', 'short', [{ expr: `mtxdeck_messages_waiting{${ofConsole}}`, legend: '{{channel}}' }], {
          shape: 'steps',
        }),
        chartPanel('Since the last delivery', 'How long ago a message was last delivered, by channel.', 's', [
          { expr: `time() - mtxdeck_channel_last_delivery_timestamp_seconds{${ofConsole}}`, legend: '{{channel}}' },
        ]),
        chartPanel('Since the heartbeat', 'How long ago the watcher of the heartbeat last answered.', 's', [
          { expr: `time() - mtxdeck_heartbeat_timestamp_seconds{${ofConsole}}`, legend: 'heartbeat' },
        ]),
      ],
    },
    {
      title: 'The console',
      isClosed: true,
      panels: [
        tablePanel('What is wrong with the console', 'Nothing wrong: no data.', `mtxdeck_console_trouble{${ofConsole}}`),
        chartPanel('Polled less often than configured', 'How many times longer the interval is, where asking would cost a server too much.', 'short', [
          {
            expr: `mtxdeck_server_poll_interval_seconds{${someServers}} / mtxdeck_server_poll_interval_configured_seconds{${someServers}}`,
            legend: '{{server}}',
          },
        ]),
        chartPanel('History', 'Size of what is kept.', 'bytes', [{ expr: `mtxdeck_store_bytes{${ofConsole}}`, legend: '{{kept}}' }], { isStacked: true }),
        chartPanel('History: space', 'Free on its disk.', 'bytes', [{ expr: `mtxdeck_store_free_bytes{${ofConsole}}`, legend: 'free' }]),
        outcomes('Snapshots', 'Readings of streams for a snapshot, by outcome.', 'mtxdeck_snapshots_total', ofConsole),
        chartPanel('Snapshots: late', 'How many live streams have none within twice their interval.', 'short', [
          { expr: `mtxdeck_snapshot_streams_late{${ofConsole}}`, legend: 'late' },
        ]),
        chartPanel('Snapshots kept', 'Size in the store.', 'bytes', [{ expr: `mtxdeck_snapshots_kept_bytes{${ofConsole}}`, legend: 'kept' }]),
        chartPanel(
          'Deaths of media processes',
          'In the last hour.',
          'short',
          [{ expr: `increase(mtxdeck_media_process_deaths_total{${ofConsole}}[1h])`, legend: '{{use}}' }],
          { shape: 'steps', isTrouble: true },
        ),
        chartPanel('Processor', 'Of one core.', 'percentunit', [
          { expr: `rate(process_cpu_seconds_total{${ofConsole}}[$__rate_interval])`, legend: 'console' },
        ]),
        chartPanel('Memory', 'Of its process.', 'bytes', [{ expr: `process_resident_memory_bytes{${ofConsole}}`, legend: 'console' }]),
      ],
    },
  ],
}

const server: Dashboard = {
  uid: 'mtxdeck-server',
  title: 'mtxdeck: server',
  description: 'One media server: how it answers, and its streams.',
  variables: [consoleVariable, { name: 'server', label: 'Server', query: serverQuery }],
  rows: [
    {
      title: 'Now',
      panels: [
        tablePanel('Server', 'Its id, version, state and tags.', `mtxdeck_server_info{${oneServer}}`),
        troubles('server', oneServer),
        sumPanel('server.streamsLive', oneServer),
        sumPanel('server.streamsInTrouble', oneServer),
        sumPanel('server.readers', oneServer),
        sumPanel('server.bitrateIn', oneServer),
        sumPanel('server.bitrateOut', oneServer),
        sumPanel('server.certificateDays', oneServer),
      ],
    },
    { title: 'Figures', panels: charted('server').map((id) => metricPanel(id, oneServer, '{{server}}')) },
    {
      title: 'Streams',
      panels: [
        { ...troubles('stream', oneServer), width: 24 },
        states(oneServer),
        ...(['path.bitrateIn', 'path.bitrateOut', 'path.readers', 'path.packetsLost', 'path.rtt'] as const).map((id) => topPanel(id, oneServer)),
      ],
    },
    {
      title: 'Polling, and more figures',
      isClosed: true,
      panels: [
        chartPanel(
          'Poll interval',
          'How often the server is asked, and is to be.',
          's',
          [
            { expr: `mtxdeck_server_poll_interval_seconds{${oneServer}}`, legend: 'in force' },
            { expr: `mtxdeck_server_poll_interval_configured_seconds{${oneServer}}`, legend: 'configured' },
          ],
          { shape: 'steps' },
        ),
        ...uncharted('server').map((id) => metricPanel(id, oneServer, '{{server}}')),
      ],
    },
  ],
}

const stream: Dashboard = {
  uid: 'mtxdeck-stream',
  title: 'mtxdeck: stream',
  description: 'One stream of a server, with every figure that the server tells of it.',
  variables: [
    consoleVariable,
    { name: 'server', label: 'Server', query: serverQuery },
    { name: 'path', label: 'Path', query: `label_values(mtxdeck_stream_state{${oneServer}}, path)` },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'states',
          title: 'State',
          help: 'What the stream was doing. A gap: it was gone, or nothing was known of it.',
          unit: 'short',
          targets: [{ expr: `mtxdeck_stream_state{${oneStream}}`, legend: '{{state}}' }],
          width: 12,
          values: { 1: 'yes' },
        },
        { ...troubles('stream', oneStream), title: 'What is wrong' },
      ],
    },
    { title: 'Figures', panels: charted('stream').map((id) => metricPanel(id, oneStream, '{{path}}')) },
    { title: 'More figures', isClosed: true, panels: uncharted('stream').map((id) => metricPanel(id, oneStream, '{{path}}')) },
  ],
}

const deviceRow = (title: string, chart: 'disk' | 'network' | 'gpu', prefix: string, isClosed = false): Row => ({
  title,
  isClosed,
  panels: charted(chart).map((id) => metricPanel(id, `${someHosts},device=~"${prefix}:.*"`, '{{host}} · {{device}}')),
})
const host: Dashboard = {
  uid: 'mtxdeck-host',
  title: 'mtxdeck: host',
  description: 'Machines under the servers: processor, memory, disks, networks, GPUs and the media server process.',
  variables: [consoleVariable, { name: 'host', label: 'Host', query: `label_values(mtxdeck_host_info{${ofConsole}}, host)`, all: true }],
  rows: [
    {
      title: 'Now',
      panels: [
        tablePanel('Hosts', 'Their ids, states, systems, servers and tags.', `mtxdeck_host_info{${someHosts}}`),
        tablePanel('What is wrong', 'A host that does not answer, or waits for an operator. Nothing wrong: no data.', `mtxdeck_host_trouble{${someHosts}}`),
      ],
    },
    ...(['machine', 'media', 'networks'] as const).map((chart) => ({
      title: { machine: 'Machine', media: 'Media server process', networks: 'Network, as the system counts' }[chart],
      panels: charted(chart).map((id) => metricPanel(id, someHosts, '{{host}}')),
    })),
    deviceRow('Disks', 'disk', 'disk'),
    deviceRow('Network interfaces', 'network', 'net'),
    deviceRow('GPUs', 'gpu', 'gpu', true),
    {
      title: 'More figures',
      isClosed: true,
      panels: uncharted('host').map((id) => metricPanel(id, someHosts, '{{host}}')),
    },
  ],
}

const probes: Dashboard = {
  uid: 'mtxdeck-probes',
  title: 'mtxdeck: probes',
  description: 'Streams measured by their addresses, whether a watched server has them or not.',
  variables: [
    consoleVariable,
    { name: 'project', label: 'Project', query: `label_values(mtxdeck_probe_info{${ofConsole}}, project)`, all: true },
    { name: 'probe', label: 'Probe', query: `label_values(mtxdeck_probe_info{${within('project=~"$project"')}}, probe)`, all: true },
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        statPanel('Probes', 'Those that are chosen.', `count(mtxdeck_probe_info{${someProbes}})`),
        statPanel('Down', 'Streams that could not be read.', `count(mtxdeck_probe_up{${someProbes}} == 0) or vector(0)`, { isTrouble: true }),
        statPanel('Poor', 'Streams graded poor, those that are down among them.', `count(mtxdeck_probe_grade{${someProbes}} == 0) or vector(0)`, {
          isTrouble: true,
        }),
        statPanel('Not as agreed', 'Streams that differ from their contract.', `count(mtxdeck_probe_differences{${someProbes}} > 0) or vector(0)`, {
          isTrouble: true,
        }),
        statPanel('Being read', 'Of all probes of the console.', `mtxdeck_probes_reading{${ofConsole}}`),
        statPanel('Late', 'Of all probes of the console: they wait longer than half their interval for their turn.', `mtxdeck_probes_late{${ofConsole}}`, {
          isTrouble: true,
        }),
        tablePanel('Probes', 'Their ids, states and addresses, without credentials.', `mtxdeck_probe_info{${someProbes}}`, { width: 24 }),
      ],
    },
    {
      title: 'Figures',
      panels: charted('probe').map((id) => {
        const panel = metricPanel(id, someProbes, '{{probe}}')
        return id === 'probe.grade' ? { ...panel, values: { 0: 'poor', 1: 'fair', 2: 'good' } } : panel
      }),
    },
    {
      title: 'More figures',
      isClosed: true,
      panels: uncharted('probe').map((id) => metricPanel(id, someProbes, '{{probe}}')),
    },
  ],
}

/** By the names of their files. */
export const dashboards: Readonly<Record<string, Dashboard>> = { fleet, server, stream, host, probes }
