import { expect } from 'chai';
import { largestRate } from './largest-rate.js';

describe('largestRate', () => {
  const metrics: { name: string; metric: (rate: number) => number; target: number; answer: number }[] = [
    { name: 'a line', metric: (rate) => 1 + rate, target: 5, answer: 4 },
    { name: 'a wait with a pole', metric: (rate) => 1e-6 + 1 / (10 - rate), target: 100 + 1e-6, answer: 9.99 },
    { name: 'a metric that is flat, then steep', metric: (rate) => 1 + rate ** 40, target: 1 + 5 ** 40, answer: 5 },
    { name: 'a metric that starts at 0', metric: (rate) => Math.max(0, rate - 3), target: 2, answer: 5 },
    { name: 'a jump', metric: (rate) => (rate <= 7 ? 1 : 3), target: 2, answer: 7 },
    { name: 'a metric that is infinite above', metric: (rate) => (rate <= 2 ? rate : Infinity), target: 6, answer: 2 },
    { name: 'a metric that is not a number above', metric: (rate) => (rate <= 2 ? rate : NaN), target: 6, answer: 2 },
  ];
  for (const { name, metric, target, answer } of metrics) {
    it(`finds the end of ${name}, on the side where it holds`, () => {
      let evaluations = 0;
      const counted = (rate: number): number => {
        evaluations++;
        return metric(rate);
      };
      const rate = largestRate(counted, target, 0.01, 9.999, metric(0.01), metric(9.999));
      expect(rate).to.be.closeTo(answer, 1e-7);
      expect(metric(rate)).to.be.at.most(target);
      expect(evaluations).to.be.at.most(60);
    });
  }
});
