/** The CMU pronouncing dictionary: words and their phonemes in ARPAbet, one for each pronunciation. */
import { dictionary } from 'cmu-pronouncing-dictionary';

export const pronunciations = (o: {
  readonly stress: boolean;
}): readonly { readonly word: string; readonly sounds: string }[] =>
  Object.entries(dictionary).map(([entry, pronunciation]) => {
    // some have a remark behind them: «# foreign french»
    const sounds = pronunciation.replace(/ #.*$/, '');
    return {
      word: entry.replace(/\(\d+\)$/, ''),
      sounds: o.stress ? sounds : sounds.replaceAll(/\d/g, ''),
    };
  });
