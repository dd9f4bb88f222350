export const newStrategy = (): number => 2;
