import './manyMetrics.fixture.ts'
import './storeWorker.ts'
