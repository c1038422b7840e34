/** 告警通知渠道的用词。 */
export const zh = {
  channels: {
    title: '通知渠道',
    test: '测试',
    testOf: '向 {{name}} 发送测试消息',
    accepted: '{{name}} 已接受测试消息',
    notAccepted: '{{name}}：{{reason}}',
    well: '接受消息',
    unused: '尚未发送',
    refusedAt: '在 {{time}} 拒绝了一条消息：{{reason}}',
    empty: '告警未通知任何外部对象',
    emptyText: '渠道和路由写在配置文件中：参见 docs/alarms.md。控制台运行期间即可生效。',
    column: {
      name: '名称',
      kind: '类型',
      to: '目标',
      state: '状态',
      waiting: '等待',
      refused: '被拒绝',
      delivered: '上次接受',
    },
  },
  told: {
    title: '通知记录',
    none: '尚未通知任何渠道。',
    ofIncident: '与同一起因的其他告警合并为一个事件通知。',
    earlier_other: '更早的 {{count, number}} 条消息',
    event: { start: '开始', update: '更新', end: '结束' },
    state: { waiting: '等待中', delivered: '{{time}} 已接受', refused: '{{time}} 被拒绝' },
    tries: '尝试 {{count, number}} 次',
    mayRepeat: '可能重复送达：未收到应答，或期间 mtxdeck 已退出。',
  },
}
