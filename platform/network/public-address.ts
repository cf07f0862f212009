/**
 * Which addresses may be asked on behalf of a client of the API. Everything that is special by RFC 6890 and its successors
 * (loopback, private, link-local with the clouds' metadata, shared, documentation, multicast, mapped, translated and
 * tunnelled forms of them …) is refused: what is left is what the whole internet can reach anyway.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** IPv6 addresses are given out from here alone. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** False for what is no address. Forms that hold an IPv4 address (::ffff:…, 64:ff9b::…, 2002:…) count as special. */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}

const local = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/**
 * Why a URL can't be asked, without looking up its name; null when it can. A name that passes may still lead to a private
 * address: that is seen when it is connected to. Decimal, octal and hexadecimal IPv4 addresses are those that they mean.
 */
export function refuseUrl(text: string, { allowPrivate }: { allowPrivate: boolean }): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return 'expected a URL that starts with https://, got something else';
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return `expected a URL that starts with https://${allowPrivate ? ' or http://' : ''}, got one that starts with ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'expected a URL without user name and password';
  if (text.includes('#')) return 'expected a URL without a fragment (#…)';
  if (allowPrivate) return null;
  const host = hostOf(url);
  const isPrivate = isIP(host) === 0 ? local.test(host.replace(/\.$/, '')) : !isPublicAddress(host);
  return isPrivate ? `expected a public address, got ${host}` : null;
}

/** The host without the brackets of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');
