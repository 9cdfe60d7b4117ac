/**
 * Currencies a payment can be made in: every active ISO 4217 code but precious metals, bond-market units, SDR, test and
 * no-currency codes (all begin with X and are no money of account), grouped by the number of decimals.
 */
const codesByExponent: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}

/** Withdrawn within the last years, so that older files can still be read: code → decimals. */
const withdrawn: Readonly<Record<string, number>> = { ANG: 2, BGN: 2, CUC: 2, HRK: 2, SLL: 2, ZWL: 2 }

const exponents: ReadonlyMap<string, number> = new Map([
  ...Object.entries(codesByExponent).flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(exponent)]),
  ),
  ...Object.entries(withdrawn),
])

/** Number of decimals of a currency's minor unit, or undefined when it is no payment currency (ISO 4217, upper case). */
export function exponentOf(currency: string): number | undefined {
  return exponents.get(currency)
}

/** Every code `minorUnits` accepts, ascending. */
export const currencyCodes: readonly string[] = [...exponents.keys()].toSorted()
