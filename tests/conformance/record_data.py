"""Records which axes the data of pandas, scikit-learn and torchvision has, and what SciPy gives, as data_programs.json beside
this file.

    pip install -r tests/conformance/requirements-data.txt
    python tests/conformance/record_data.py

A record is as in record_keras_programs.py. How many rows there are is not known to the definitions, so what is kept of
an array is `kept(x)`: zeros, as many as it has axes along the first and its axes but the rows behind that.
"""
import os
import tempfile

import numpy as np
import pandas
import scipy
import sklearn
import torchvision

from keras_recorder import ProgramRecorder, write_records

PREAMBLE = """import numpy as np


def kept(x):
    return np.zeros((x.ndim,) + tuple(x.shape[1:]))
"""

TABLE = "import pandas as pd\ndf = pd.read_csv('rows.csv')\n"


def record_pandas(rec):
    for last in [
        "kept(df['a'].values)", "kept(df[['a']].values)", "kept(df[['a', 'b']].to_numpy())", "kept(df.iloc[:, -1].values)",
        "kept(df.iloc[:, 1:3].values)", "kept(df.iloc[:, [0, 2]].values)", "kept(df.iloc[:2, -1].values)",
        "kept(df.loc[:, 'a'].values)", "kept(df.loc[:, ['a', 'b']].values)", "kept(np.array(df['a']))",
        "kept(np.asarray(df[['a', 'c']]))", "kept((df['a'] * 2 + df['b'] / 3).values)", "kept((1 - df['a']).to_numpy())",
        "kept(df['a'].values.reshape(-1, 1))", "kept(df[df['a'] > 0]['b'].values)", "kept(df[df['a'] > 0][['b']].values)",
        "kept(df.dropna()['a'].astype('float32').values)", "kept(df['a'].fillna(0).map(abs).values)",
        "kept(pd.Series([1.0, 2.0]).values)", "kept(pd.DataFrame({'x': [1.0, 2.0], 'y': [3.0, 4.0]}).values)",
        "kept(pd.concat([df[['a']], df[['b']]], axis=1).values)", "kept(pd.concat([df[['a']], df[['a']]]).values)",
        "kept(df[['a', 'b']].drop('a', axis=1).values)", "kept(df[['a', 'b', 'c']].drop(columns=['a']).values)",
        "kept(df[['a', 'b']].mean().values[None])", "kept(df[['a', 'b']].mean(axis=1).values)",
        "kept(((df[['a', 'b']] - df[['a', 'b']].mean()) / df[['a', 'b']].std()).values)",
        "kept(df['a'].to_frame().values)", "kept(pd.to_numeric(df['a']).values)", "kept(pd.isna(df['a']).values)",
        "kept(df[['a', 'b']].iloc[0].values[None])",
        "kept(df['a'].sample(frac=1).reset_index(drop=True).values)", "kept(df[['a', 'b']].T.values.T)",
        "np.zeros((len(df.shape), df[['a', 'b']].shape[1]))", "kept(np.array(df['a'].tolist()))",
    ]:
        rec(TABLE + last)
    rec("import pandas as pd\ndf = pd.read_csv('rows.csv', usecols=['a', 'b'])\nkept(df.values)")
    rec(TABLE + "y = df[['a', 'b', 'c']]\nlast = y.pop('c')\nnp.zeros((y.shape[1], last.ndim))")


def record_random(rec):
    for call in ["rand(2, 3)", "randn(4)", "normal(0, 1, (2, 3))", "uniform(-1, 1, size=5)", "random((3, 2))",
                 "random_sample((3, 2))", "standard_normal((2, 2))", "randint(0, 5, (2, 3))", "randint(5, size=4)",
                 "permutation(6)", "permutation(np.ones((4, 3)))", "choice(5, 3)", "choice(np.ones(6), (2, 2))", "beta(1.0, 1.0, 3)",
                 "RandomState(0).randn(3, 4)", "RandomState(0).randint(0, 2, size=(5,))", "RandomState(0).rand()",
                 "default_rng(0).normal(size=(2, 3))", "default_rng(0).integers(0, 9, size=4)", "default_rng(0).random((2, 1))",
                 "default_rng(0).choice(7, size=3, replace=False)", "default_rng(0).permutation(4)"]:
        rec(f"np.zeros(np.asarray(np.random.{call}).shape)")
    for last in ["np.mgrid[0:5, 0:3]", "np.mgrid[0:5]", "np.mgrid[:4, 1:8:2]", "np.mgrid[0:1:0.25]", "np.mgrid[0:5, 0:1:0.5]",
                 "np.mgrid[-1:2, 0:2, 0:2].reshape(3, -1).T", "np.ogrid[0:5, 0:3][0]", "np.ogrid[0:5, 0:1:0.5][1]", "np.ogrid[0:5]"]:
        rec(last)
    matrix = "x = np.arange(24.0).reshape(2, 3, 4)\n"
    for last in ["np.linalg.svd(x)[0]", "np.linalg.svd(x)[2]", "np.linalg.svd(x, full_matrices=False)[0]", "np.linalg.svd(x[0], 0)[2]",
                 "np.linalg.eigh(x[0] @ x[0].T)[1]", "np.linalg.pinv(x)"]:
        rec(matrix + last)
    for value in ["1", "1.5", "True", "'text'", "None", "[1]", "np.ones(2)"]:
        rec(f"np.zeros(1 if np.isscalar({value}) else 2)")


def record_sklearn(rec):
    split = "from sklearn.model_selection import train_test_split\n"
    rec(split + "a, b = train_test_split(np.ones((8, 3)))\nnp.concatenate([kept(a), kept(b)])")
    rec(split + "a, b, y, z = train_test_split(np.ones((8, 3)), np.ones(8), test_size=0.25)\nkept(y) + kept(z)")
    rec(TABLE + split + "a, b, y, z = train_test_split(df[['a', 'b']], df['c'])\nkept(a.values)")
    rec(TABLE + split + "a, b, y, z = train_test_split(df[['a', 'b']], df['c'])\nkept(z.values)")
    rec("from sklearn.model_selection import KFold\nx = np.ones((8, 3))\n"
        "train, test = list(KFold(2).split(x))[0]\nkept(x[train])")
    for name in ["StandardScaler", "MinMaxScaler"]:
        scaler = f"from sklearn.preprocessing import {name}\nscaler = {name}()\n"
        rec(scaler + "kept(scaler.fit_transform(np.arange(8.0).reshape(4, 2)))")
        rec(TABLE + scaler + "kept(scaler.fit(df[['a', 'b']]).transform(df[['a', 'b']]))")
        rec(scaler + "kept(scaler.fit_transform(np.arange(8.0)))")
    rec("from sklearn.preprocessing import LabelEncoder\nkept(LabelEncoder().fit_transform(['x', 'y', 'x']))")
    rec("from sklearn.preprocessing import LabelBinarizer\nnp.zeros(LabelBinarizer().fit_transform([1, 2, 3]).ndim)")
    rec("from sklearn.preprocessing import OneHotEncoder\n"
        "np.zeros(OneHotEncoder(sparse_output=False).fit_transform([[1], [2], [3]]).ndim)")
    for name in ["accuracy_score", "f1_score", "mean_squared_error", "mean_absolute_error", "r2_score", "roc_auc_score"]:
        rec(f"from sklearn.metrics import {name}\nnp.zeros(np.asarray({name}([0, 1, 1], [0, 1, 1])).shape)")
    rec("from sklearn.metrics import confusion_matrix\nnp.zeros(confusion_matrix([0, 1, 1], [0, 1, 0]).ndim)")
    for name in ["iris", "wine", "breast_cancer", "digits", "diabetes"]:
        load = f"from sklearn.datasets import load_{name}\n"
        rec(load + f"X, y = load_{name}(return_X_y=True)\nkept(X)")
        rec(load + f"kept(load_{name}().target)")
        rec(load + f"kept(load_{name}()['data'])")
    for call in ["make_regression(n_features=5)", "make_regression(n_features=5, n_targets=2)", "make_moons()",
                 "make_classification(n_features=6)", "make_blobs(n_features=3)", "make_circles()"]:
        made = f"from sklearn.datasets import {call.split('(')[0]}\nX, y = {call}\n"
        rec(made + "kept(X)")
        rec(made + "kept(y)")

    scores = "y = np.array([0, 1, 1, 0])\np = np.array([0.2, 0.7, 0.6, 0.1])\n" \
             "Y = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]])\nP = Y * 0.8 + 0.1\n"
    for call in ["roc_auc_score(y_true=y, y_score=p)", "roc_auc_score(Y, P, average=None)", "average_precision_score(y, y_score=p)",
                 "average_precision_score(y_true=Y, y_score=P)", "log_loss(y, y_proba=p)", "log_loss(y, p, labels=[0, 1])",
                 "brier_score_loss(y, y_proba=p)", "roc_curve(y, y_score=p)[0]", "precision_recall_curve(y, y_score=p)[2]",
                 "auc([0, 1], [0, 1])", "f1_score(Y.argmax(1), Y.argmax(1), average=None, labels=[0, 1])",
                 "f1_score(y_true=y, y_pred=y, average='macro')", "precision_score(y, y, zero_division=0)",
                 "recall_score(y, y, average='micro')", "fbeta_score(y, y, beta=2)", "cohen_kappa_score(y1=y, y2=y)",
                 "matthews_corrcoef(y, y)", "hinge_loss(y, pred_decision=p)", "hamming_loss(Y, Y)", "zero_one_loss(y, y)",
                 "ndcg_score(Y, P)", "top_k_accuracy_score(Y.argmax(1), P)", "mean_squared_error(Y, P)",
                 "mean_squared_error(Y, P, multioutput='raw_values')", "r2_score(p, p, multioutput='raw_values')",
                 "confusion_matrix(y, y, labels=[0, 1])", "confusion_matrix(y, y, labels=[0, 1], normalize='true')",
                 "precision_recall_fscore_support(y, y, labels=[0, 1])[3]", "precision_recall_fscore_support(y, y, average='macro')[0]",
                 "max_error(p, p)", "adjusted_rand_score(y, y)"]:
        sized = "labels" in call or "raw" in call  # else how many classes or points there are is for the data to say
        named = f"from sklearn.metrics import {call.split('(')[0]}\n" + scores
        rec(named + (f"kept(np.asarray({call})[None])" if sized else f"np.zeros(np.asarray({call}).ndim)"))
    for y, classes in [("[0, 1, 2]", "[0, 1, 2]"), ("[0, 1, 1]", "[0, 1]"), ("[0, 1, 1]", "range(3)"), ("[2, 0, 1]", "np.arange(4)"),
                       ("np.array([[1, 0, 1], [0, 0, 1]])", "[0, 1, 2]"), ("np.array([[1], [0]])", "[0, 1, 2]")]:
        rec(f"from sklearn.preprocessing import label_binarize\nkept(label_binarize({y}, classes={classes}))")


def record_scipy(rec):
    arrays = ("from scipy import special, stats\nx = np.array([[0.2, 0.5, 1.5], [2.0, 0.0, 0.25]])\ny = np.array([[0.5, 0.25, 1.0], [1.0, 0.5, 2.0]])\n"
              "v = np.array([1.0, 2.0, 4.0, 2.0])\nw = np.array([2.0, 1.0, 5.0, 3.0])\n")
    for last in ["special.expit(x)", "special.log_expit(x)", "special.logit(x / 4)", "special.softmax(x)", "special.softmax(x, axis=1)",
                 "special.log_softmax(x, axis=0)", "special.logsumexp(x)", "special.logsumexp(x, axis=1, keepdims=True)", "special.logsumexp(x, b=y)",
                 "special.xlogy(x, y)", "special.xlog1py(x, y)", "special.entr(x - 0.1)", "special.rel_entr(x, y)", "special.kl_div(x, y)",
                 "special.erf(x)", "special.erfc(x)", "special.erfinv(x / 4)", "special.gammaln(y)", "special.digamma(y)", "special.ndtr(x)",
                 "special.ndtri(y / 4)", "special.expit(np.array([1, 2]))", "stats.norm.pdf(x)", "stats.norm.logpdf(x, 0.5, 2)", "stats.norm.cdf(x, loc=y)",
                 "stats.norm.sf(x)", "stats.norm.logcdf(x)", "stats.norm(0.5, y).cdf(x)", "stats.norm.ppf(0.75)", "stats.norm.ppf(y / 4, scale=2.0)",
                 "stats.entropy(v)", "stats.entropy(v, w, base=2)", "stats.entropy(x)", "stats.entropy(y, x + 1, axis=1)", "stats.entropy(x, axis=None)",
                 "stats.pearsonr(v, w)[0]", "stats.pearsonr(v, w).statistic", "stats.pearsonr(x, y, axis=1)[0]", "stats.spearmanr(v, w)[0]",
                 "stats.rankdata(v)", "stats.rankdata(v, method='min')", "stats.rankdata(v, 'max')", "stats.rankdata(x)", "stats.zscore(x)",
                 "stats.zscore(v, ddof=1)"]:
        rec(arrays + last, shapes=False)
    for last in ["stats.norm.rvs(size=(2, 3))", "stats.norm.rvs(v, 2.0)", "stats.pearsonr(x, y)[1]", "stats.spearmanr(v, w).pvalue", "stats.spearmanr(x)[0]",
                 "stats.spearmanr(x, y).statistic", "stats.spearmanr(x[:, :2])[1]", "stats.spearmanr(x.T)[0]", "stats.kendalltau(v, w)[0]",
                 "stats.rankdata(x, axis=1)", "stats.rankdata(v, method='ordinal')", "stats.pearsonr(v, w[:3])", "stats.spearmanr(v, w[:3])"]:
        rec(arrays + last)


def record_torchvision(rec):
    torch = "import torch\nfrom torchvision import datasets, models, transforms as T\n"
    fake = "FakeData(8, (3, 20, 24), 4, transform=T.{})"
    for transform in ["ToTensor()", "Compose([T.Resize((8, 9)), T.ToTensor()])", "Compose([T.CenterCrop(6), T.ToTensor()])",
                      "Compose([T.RandomResizedCrop(7), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)])",
                      "Compose([T.Pad(2), T.ToTensor()])", "Compose([T.Pad((1, 2)), T.ToTensor()])",
                      "Compose([T.Grayscale(), T.ToTensor(), T.Normalize((0.5,), (0.5,))])",
                      "Compose([T.Grayscale(num_output_channels=3), T.RandomCrop((5, 4)), T.ToTensor()])",
                      "Compose([T.ToTensor(), T.RandomErasing(1.0), T.Resize((4, 4))])",
                      "Compose([T.RandomRotation(5), T.RandomAffine(3), T.ColorJitter(0.1), T.ToTensor()])",
                      "Compose([T.ToTensor(), T.Lambda(lambda x: x.flatten())])",
                      "Compose([T.Resize(10), T.CenterCrop(10), T.PILToTensor()])",
                      "Compose([T.ToTensor(), T.ToPILImage(), T.ToTensor(), T.GaussianBlur(3)])",
                      "Compose([T.RandomVerticalFlip(), T.RandomGrayscale(), T.ToTensor()])"]:
        rec(torch + f"image, label = datasets.{fake.format(transform)}[0]\nnp.zeros(tuple(image.shape))")
    rec(torch + "from torchvision.transforms import v2\n"
        f"image, label = datasets.FakeData(8, (3, 20, 24), 4, transform=v2.Compose([v2.ToImage(), "
        "v2.ToDtype(torch.float32, scale=True), v2.Resize((6, 6))]))[0]\nnp.zeros(tuple(image.shape))")
    batch = (f"data = datasets.{fake.format('ToTensor()')}\nloader = torch.utils.data.DataLoader(data, batch_size=4)\n"
             "for images, labels in loader:\n    break\n")
    rec(torch + batch + "kept(images)")
    rec(torch + batch + "kept(labels)")
    image = "x = torch.zeros(2, 3, 64, 64)\n"
    for made in ["resnet18()", "resnet50(num_classes=7)", "mobilenet_v2(num_classes=3)", "densenet121(num_classes=2)",
                 "efficientnet_b0(weights=None)", "mobilenet_v3_small(num_classes=5)", "shufflenet_v2_x1_0(num_classes=5)",
                 "swin_t(num_classes=5)", "mnasnet1_0(num_classes=5)"]:
        rec(torch + image + f"np.zeros(tuple(models.{made}.eval()(x).shape))")
    replaced = [("resnet34", "fc", "fc.in_features"), ("resnet152", "fc", "fc.in_features"),
                ("wide_resnet50_2", "fc", "fc.in_features"), ("densenet201", "classifier", "classifier.in_features"),
                ("vgg16", "classifier[6]", "classifier[6].in_features"), ("vgg11_bn", "classifier[-1]", "classifier[-1].in_features"),
                ("alexnet", "classifier[6]", "classifier[6].in_features"),
                ("mobilenet_v3_large", "classifier[3]", "classifier[3].in_features"),
                ("efficientnet_b3", "classifier[1]", "classifier[1].in_features"), ("vit_b_16", "heads.head", "heads.head.in_features"),
                ("swin_b", "head", "head.in_features")]
    for name, layer, features in replaced:
        size = 224 if name.startswith(("vit", "vgg", "alex", "swin")) else 64
        rec(torch + f"x = torch.zeros(2, 3, {size}, {size})\nmodel = models.{name}().eval()\n"
            f"model.{layer} = torch.nn.Linear(model.{features}, 1)\nnp.zeros(tuple(model(x).shape))")


def main():
    records = []
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("rows.csv", "w") as file:
            file.write("a,b,c,d\n" + "".join(f"{i}.5,{i}.25,-{i}.5,{i * i}.5\n" for i in range(1, 9)))
        for record, package in [(record_random, np), (record_pandas, pandas), (record_sklearn, sklearn), (record_scipy, scipy),
                                (record_torchvision, torchvision)]:
            rec = ProgramRecorder("data", f"{package.__name__} {package.__version__}", np.asarray, PREAMBLE)
            record(lambda program, shapes=True: rec(program, shapes=shapes))
            records += rec.records
    os.chdir(here)
    write_records(records, "data_programs.json")


if __name__ == "__main__":
    main()
