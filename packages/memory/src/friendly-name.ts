import { fromHex } from '@grapevine/wire';

const qualities =
  'Amber Agile Bold Brave Brisk Calm Candid Clever Coral Cosmic Crimson Curious Dapper ' +
  'Daring Eager Early Fabled Fair Fleet Gentle Gilded Glad Golden Happy Hardy Hazel Honest ' +
  'Humble Indigo Ivory Jade Jolly Keen Kind Lively Loyal Lucid Lunar Mellow Merry Mighty ' +
  'Misty Modest Noble Olive Opal Patient Placid Polar Proud Quick Quiet Ready Royal Rustic ' +
  'Silver Sincere Steady Sunny Swift Tidy Velvet Warm Witty';
const animals =
  'Badger Bear Beaver Bison Bobcat Camel Cobra Condor Corgi Cougar Crane Cricket Dingo ' +
  'Dolphin Dove Eagle Egret Falcon Ferret Finch Fox Gecko Gibbon Goose Hare Hawk Heron ' +
  'Hippo Ibex Ibis Jackal Jaguar Koala Lark Lemur Lion Llama Lynx Magpie Marten Mole Moose ' +
  'Newt Ocelot Orca Osprey Otter Owl Panda Parrot Pelican Puffin Puma Quail Raven Robin ' +
  'Seal Sloth Stork Swan Tapir Tiger Walrus Wren';
const firstWords = qualities.split(' ');
const secondWords = animals.split(' ');

/**
 * Two words for somebody who has given no name, such as `Quiet Otter`: the same for the same bytes,
 * one of 4,096.
 * @param source bytes, or an id in hex
 */
export function friendlyName(source: Uint8Array | string): string {
  const bytes = typeof source === 'string' ? (fromHex(source) ?? new Uint8Array()) : source;
  const first = firstWords[(bytes[0] ?? 0) % firstWords.length];
  const second = secondWords[(bytes[1] ?? 0) % secondWords.length];
  return `${first} ${second}`;
}
