/**
 * List prices of AWS in eu-central-1, first tier, without the free tier, in USD.
 *
 * As public repositories quote AWS's price list, as of 2026-09-11 (Lambda, DynamoDB, SQS, CloudWatch Logs) and 2026-08-12
 * (API Gateway). The others are to be checked against the services' pricing pages before anybody relies on them,
 * https://aws.amazon.com/SERVICE/pricing/, as of 2026-11. Whoever changes one changes its date.
 */
export const LIST_PRICES = {
  apiGatewayRequest: 3.7e-6,
  /** To the internet, first 10 TB. */
  dataOutGb: 0.09,
  lambdaRequest: 0.2e-6,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  dynamodbWriteUnit: 0.7625e-6,
  dynamodbReadUnit: 0.1525e-6,
  /** Each begun 64 KB. */
  eventBridgeEvent: 1e-6,
  eventBridgeArchiveGb: 0.1,
  sqsRequest: 0.4e-6,
  s3Put: 5.4e-6,
  kmsRequest: 3e-6,
  secretsManagerCall: 5e-6,
  logsIngestedGb: 0.63,
  xrayTrace: 5e-6,
  wafRequest: 0.6e-6,
  /** A month, each. */
  customMetric: 0.3,
  kmsKey: 1,
  secret: 0.4,
  webAcl: 5,
  webAclRule: 1,
} as const;
