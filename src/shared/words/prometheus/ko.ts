import type { PrometheusWords } from './prometheusWords.ts'

export const ko: PrometheusWords = {
  title:
    '현재 적용 중인 mtxdeck 규칙을 /metrics에 대한 경보 규칙으로 옮긴 것입니다(Prometheus 2.42 이상). 인시던트, 보류, 점검, 플래핑은 mtxdeck에서만 처리합니다.',
  differs: 'mtxdeck과 완전히 같지 않은 규칙:',
  left: '이 파일에 없는 규칙:',
  why: {
    event: '수치가 아닌 이벤트를 감시합니다',
    unusual: 'mtxdeck이 학습한 평소 값과 비교합니다',
    noMetric: '감시하는 대상에 해당하는 메트릭이 없습니다',
    field: '이름의 필드에 대한 규칙인데 필드는 레이블이 아닙니다',
    state: '상태에 대한 한계이며, 상태는 레이블로만 나옵니다',
    ofReadings: '프로브마다 다른 간격으로 읽을 때마다 늘어난 값을 비교합니다',
    off: '꺼져 있습니다',
    noLimit: '한계값이 아직 없습니다',
  },
  remarks: {
    averaged: '폴링 사이의 증가량을 1분 평균으로 계산합니다',
    soundToo: '오디오만 있는 스트림도 판단합니다',
    eachLevel: '단계마다 별도의 경보입니다. 가벼운 쪽은 Alertmanager에서 억제하십시오',
  },
}
