import { request } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { answerToTls11, tlsVersion } from '../payca/tls-probe';
import type { SmokeSettings } from './settings';
import type { Outcome } from './steps';

/** The webhook endpoint as the internet sees it. */
export type Endpoint = SmokeSettings['endpoint'] & {
  /** Host under which API Gateway would answer without a domain. */
  readonly defaultHost: string;
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** ACM renews a certificate 60 days before its end; one with less than this left was not renewed. */
const CERTIFICATE_DAYS = 30;
const TIMEOUT_MS = 5000;
const HTTPS = 443;

/** What is seen from this function's address, which is on no allow-list. */
export async function checkEndpoint(endpoint: Endpoint, now: Date): Promise<Outcome> {
  try {
    const found = [
      await tlsFloor(endpoint),
      await stranger(endpoint),
      await defaultEndpoint(endpoint),
      await certificate(endpoint, now),
    ];
    const problems = found.filter(({ problem }) => problem);
    const reason = (problems.length > 0 ? problems : found).map(({ seen }) => seen).join('; ');
    return { verdict: problems.length > 0 ? 'fail' : 'pass', reason };
  } catch (error) {
    const { code = 'no answer', hostname = endpoint.host } = error as NodeJS.ErrnoException & { hostname?: string };
    if (code === 'ENOTFOUND')
      return { verdict: 'skipped', reason: `${hostname} has no address yet: point DNS at the output DomainTarget` };
    return { verdict: 'no-data', reason: `${endpoint.host} could not be asked: ${code}` };
  }
}

interface Seen {
  readonly seen: string;
  readonly problem: boolean;
}

async function tlsFloor({ host }: Endpoint): Promise<Seen> {
  const answer = await answerToTls11(connect(HTTPS, host), host).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.message.includes('closed')) return undefined;
    throw error;
  });
  // 21 is an alert, 22 a handshake message (RFC 5246, 6.2.1).
  const accepted = answer?.[0] === 22;
  return { seen: `TLS 1.1 ${accepted ? 'accepted' : 'refused'}`, problem: accepted };
}

async function stranger({ host, path, isOpen, asksForCertificate }: Endpoint): Promise<Seen> {
  if (asksForCertificate) {
    const result = await tlsVersion(connectTls({ host, port: HTTPS, servername: host }), host);
    const letIn = 'version' in result;
    return {
      seen: letIn ? 'let in without a client certificate' : 'refused without a client certificate',
      problem: letIn,
    };
  }
  const wanted = isOpen ? 401 : 403;
  const status = await post(host, path);
  return { seen: `${status} for an unsigned delivery from off the allow-list`, problem: status !== wanted };
}

async function defaultEndpoint({ defaultHost, path }: Endpoint): Promise<Seen> {
  const status = await post(defaultHost, path);
  return { seen: `${status} at the default endpoint`, problem: status !== 403 };
}

async function certificate({ host, asksForCertificate }: Endpoint, now: Date): Promise<Seen> {
  // Without a certificate of our own no handshake ends; the alarm on the certificate's last days needs none.
  if (asksForCertificate) return { seen: "the certificate's days not asked", problem: false };
  return new Promise<Seen>((resolve, reject) => {
    const socket = connectTls({ host, port: HTTPS, servername: host }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      const days = Math.floor((Date.parse(end) - now.getTime()) / DAY_MS);
      resolve({ seen: `the certificate has ${days} days left`, problem: days < CERTIFICATE_DAYS });
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
  });
}

function post(host: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ host, path, method: 'POST', headers, timeout: TIMEOUT_MS, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    sent.on('error', reject).end('{}');
  });
}
