/** Names of span attributes, in one place because OpenTelemetry still moves them (semantic conventions 1.45, messaging). */
export const attribute = {
  system: 'messaging.system.name',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  consumerGroup: 'messaging.consumer.group.name',
  batchCount: 'messaging.batch.message_count',
  messageId: 'messaging.message.id',
  offset: 'kafka.offset',
  eventId: 'cloudevents.event_id',
  eventType: 'cloudevents.event_type',
  errorType: 'error.type',
} as const
