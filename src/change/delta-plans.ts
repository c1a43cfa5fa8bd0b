import { type Level, Plan } from '../codec/plan.ts';

/**
 * What was chosen for the columns of the tables of a database, for all that is sent of them: rows of one table are alike, whoever
 * they go to.
 */
export class DeltaPlans {
  private readonly level: Level;
  private readonly plans = new Map<string, Plan>();

  constructor(level: Level) {
    this.level = level;
  }

  /** The plan of a part of a block; there are a few for each table. */
  of(part: string): Plan {
    const known = this.plans.get(part);
    if (known !== undefined) return known;
    const plan = new Plan(this.level);
    this.plans.set(part, plan);
    return plan;
  }
}

/** Those of each level. */
export class LevelPlans {
  private readonly plans = new Map<Level, DeltaPlans>();

  of(level: Level): DeltaPlans {
    const known = this.plans.get(level);
    if (known !== undefined) return known;
    const plans = new DeltaPlans(level);
    this.plans.set(level, plans);
    return plans;
  }
}
