"""Your own classifier, judged on people and clips that it has never seen."""

from sklearn.ensemble import ExtraTreesClassifier

import rtdreamer

data = rtdreamer.Dataset.open("simulated:subjects=6,seed=1")
mine = ExtraTreesClassifier(n_estimators=50, min_samples_leaf=5, random_state=0)
print(rtdreamer.evaluate(data, mine, protocol="crossed"))
