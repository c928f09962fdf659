"""The publications that the sections of studies cite, by author.

A report lists those that it cites.
"""

from __future__ import annotations

from reportgen.config.schema import Reference

_ENTRIES = (
    (
        "Adebayo, J., Gilmer, J., Muelly, M., Goodfellow, I., Hardt, M. and Kim, B. (2018). Sanity "
        "checks for saliency maps. Advances in Neural Information Processing Systems 31.",
        "https://arxiv.org/abs/1810.03292",
    ),
    (
        "Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly "
        "Weather Review 78(1), 1–3.",
        "https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
    ),
    (
        "Casey, R. G. and Lecolinet, E. (1996). A survey of methods and strategies in character "
        "segmentation. IEEE Transactions on Pattern Analysis and Machine Intelligence 18(7), "
        "690–706.",
        "https://doi.org/10.1109/34.506792",
    ),
    (
        "Castro, D. C., Tan, J., Kainz, B., Konukoglu, E. and Glocker, B. (2019). Morpho-MNIST: "
        "quantitative assessment and diagnostics for representation learning. Journal of Machine "
        "Learning Research 20(178), 1–29.",
        "https://jmlr.org/papers/v20/19-033.html",
    ),
    (
        "Chaudhry, A., Dokania, P. K., Ajanthan, T. and Torr, P. H. S. (2018). Riemannian walk for "
        "incremental learning: understanding forgetting and intransigence. European Conference on "
        "Computer Vision.",
        "https://arxiv.org/abs/1801.10112",
    ),
    (
        "Chaudhry, A., Rohrbach, M., Elhoseiny, M., Ajanthan, T., Dokania, P. K., Torr, P. H. S. "
        "and Ranzato, M. (2019). On tiny episodic memories in continual learning.",
        "https://arxiv.org/abs/1902.10486",
    ),
    (
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal "
        "Statistical Society B 16(2), 175–185.",
        None,
    ),
    (
        "Geifman, Y. and El-Yaniv, R. (2017). Selective classification for deep neural networks. "
        "Advances in Neural Information Processing Systems 30.",
        "https://arxiv.org/abs/1705.08500",
    ),
    (
        "Geifman, Y., Uziel, G. and El-Yaniv, R. (2019). Bias-reduced uncertainty estimation for "
        "deep neural classifiers. International Conference on Learning Representations.",
        "https://arxiv.org/abs/1805.08206",
    ),
    (
        "Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern "
        "neural networks. International Conference on Machine Learning.",
        "https://arxiv.org/abs/1706.04599",
    ),
    (
        "Hendrycks, D. and Dietterich, T. (2019). Benchmarking neural network robustness to common "
        "corruptions and perturbations. International Conference on Learning Representations.",
        "https://openreview.net/forum?id=HJz6tiCqYm",
    ),
    (
        "Hendrycks, D. and Gimpel, K. (2017). A baseline for detecting misclassified and "
        "out-of-distribution examples in neural networks. International Conference on Learning "
        "Representations.",
        "https://arxiv.org/abs/1610.02136",
    ),
    (
        "Kirkpatrick, J., Pascanu, R., Rabinowitz, N. et al. (2017). Overcoming catastrophic "
        "forgetting in neural networks. Proceedings of the National Academy of Sciences 114(13), "
        "3521–3526.",
        "https://doi.org/10.1073/pnas.1611835114",
    ),
    (
        "Kumar, A., Liang, P. and Ma, T. (2019). Verified uncertainty calibration. Advances in "
        "Neural Information Processing Systems 32.",
        "https://arxiv.org/abs/1909.10155",
    ),
    (
        "Liang, S., Li, Y. and Srikant, R. (2018). Enhancing the reliability of "
        "out-of-distribution image detection in neural networks. International Conference on "
        "Learning Representations.",
        "https://arxiv.org/abs/1706.02690",
    ),
    (
        "Lopez-Paz, D. and Ranzato, M. (2017). Gradient episodic memory for continual learning. "
        "Advances in Neural Information Processing Systems 30.",
        "https://arxiv.org/abs/1706.08840",
    ),
    ("Montgomery, D. C. (2017). Design and analysis of experiments. 9th edition, Wiley.", None),
    (
        "Mu, N. and Gilmer, J. (2019). MNIST-C: a robustness benchmark for computer vision. ICML "
        "Workshop on Uncertainty and Robustness in Deep Learning.",
        "https://arxiv.org/abs/1906.02337",
    ),
    (
        "Nguyen, K. and O’Connor, B. (2015). Posterior calibration and exploratory analysis for "
        "natural language processing models. Conference on Empirical Methods in Natural Language "
        "Processing.",
        "https://arxiv.org/abs/1508.05154",
    ),
    (
        "Petsiuk, V., Das, A. and Saenko, K. (2018). RISE: randomized input sampling for "
        "explanation of black-box models. British Machine Vision Conference.",
        "https://arxiv.org/abs/1806.07421",
    ),
    (
        "Roelofs, R., Cain, N., Shlens, J. and Mozer, M. C. (2022). Mitigating bias in calibration "
        "error estimation. International Conference on Artificial Intelligence and Statistics.",
        "https://arxiv.org/abs/2012.08668",
    ),
    (
        "Sadinle, M., Lei, J. and Wasserman, L. (2019). Least ambiguous set-valued classifiers "
        "with bounded error levels. Journal of the American Statistical Association 114(525), "
        "223–234.",
        "https://arxiv.org/abs/1609.00451",
    ),
    (
        "Sagawa, S., Koh, P. W., Hashimoto, T. B. and Liang, P. (2020). Distributionally robust "
        "neural networks for group shifts: on the importance of regularization for worst-case "
        "generalization. International Conference on Learning Representations.",
        "https://arxiv.org/abs/1911.08731",
    ),
    (
        "Selvaraju, R. R., Cogswell, M., Das, A., Vedantam, R., Parikh, D. and Batra, D. (2017). "
        "Grad-CAM: visual explanations from deep networks via gradient-based localization. "
        "International Conference on Computer Vision, 618–626.",
        "https://arxiv.org/abs/1610.02391",
    ),
    (
        "Simonyan, K., Vedaldi, A. and Zisserman, A. (2014). Deep inside convolutional networks: "
        "visualising image classification models and saliency maps. International Conference on "
        "Learning Representations, workshop.",
        "https://arxiv.org/abs/1312.6034",
    ),
    (
        "Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep networks. "
        "International Conference on Machine Learning, 3319–3328.",
        "https://arxiv.org/abs/1703.01365",
    ),
    (
        "van de Ven, G. M., Tuytelaars, T. and Tolias, A. S. (2022). Three types of incremental "
        "learning. Nature Machine Intelligence 4, 1185–1197.",
        "https://doi.org/10.1038/s42256-022-00568-3",
    ),
)
REFERENCES = tuple(Reference(text=text, url=url) for text, url in _ENTRIES)
