import type { PrometheusWords } from './prometheusWords.ts'

export const zh: PrometheusWords = {
  title: 'mtxdeck 当前生效的规则，写成基于其 /metrics 的告警规则（Prometheus 2.42 或更新版本）。事件合并、搁置、维护和抖动仍由 mtxdeck 处理。',
  differs: '与 mtxdeck 不完全相同：',
  left: '未包含在此文件中：',
  why: {
    event: '监视的是事件，没有数值',
    unusual: '与 mtxdeck 学习到的常见值比较',
    noMetric: '所监视的内容没有对应指标',
    field: '它针对名称中的字段，而字段不是标签',
    state: '对状态设限，而状态在那里是标签',
    ofReadings: '比较探测相邻两次读取之间的增量，而每个探测的间隔各不相同',
    off: '已停用',
    noLimit: '尚未设定限值',
  },
  remarks: {
    averaged: '两次轮询之间的增量按一分钟取平均',
    soundToo: '只有音频的流也会被判断',
    eachLevel: '每个级别是单独的告警；较轻的由 Alertmanager 抑制',
  },
}
