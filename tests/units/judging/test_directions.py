"""Whether higher or lower is better, by the name of a metric: as its makers say; unknown where it depends."""

import pytest

from experiments.judging.metrics import direction

SCIKIT_LEARN_HIGHER = """
accuracy_score accuracy balanced_accuracy top_k_accuracy_score average_precision average_precision_score avg_prec f1
f1_score f1_micro f1_macro f1_weighted fbeta_score precision precision_score recall_macro jaccard jaccard_score roc_auc
roc_auc_score roc_auc_ovr_weighted matthews_corrcoef cohen_kappa_score dcg_score ndcg_score r2 r2_score r_squared
explained_variance explained_variance_score d2_absolute_error_score d2_log_loss_score d2_pinball_score d2_tweedie_score
d2_brier_score label_ranking_average_precision_score adjusted_rand_score rand_score adjusted_mutual_info_score
normalized_mutual_info_score mutual_info_score homogeneity_score completeness_score v_measure_score
fowlkes_mallows_score silhouette_score calinski_harabasz_score neg_mean_squared_error neg_mean_absolute_error
neg_root_mean_squared_error neg_median_absolute_error neg_max_error neg_log_loss neg_brier_score
neg_mean_poisson_deviance neg_mean_absolute_percentage_error neg_root_mean_squared_log_error
"""
SCIKIT_LEARN_LOWER = """
log_loss hamming_loss hinge_loss zero_one_loss brier_score_loss coverage_error label_ranking_loss max_error
mean_absolute_error mean_squared_error root_mean_squared_error mean_squared_log_error mean_absolute_percentage_error
median_absolute_error mean_pinball_loss mean_poisson_deviance mean_gamma_deviance davies_bouldin_score
"""
TORCHMETRICS_HIGHER = """
BinaryAccuracy MulticlassAUROC MulticlassAveragePrecision CohenKappa ExactMatch F1Score FBetaScore JaccardIndex
MatthewsCorrCoef Precision Recall Specificity Dice NegativePredictiveValue ExplainedVariance R2Score map map_50
map_75 map_small mar_note_map IntersectionOverUnion_iou RetrievalMAP RetrievalMRR RetrievalHitRate
RetrievalNormalizedDCG_ndcg RetrievalRecall PeakSignalNoiseRatio_psnr StructuralSimilarityIndexMeasure_ssim
inception_score si_sdr snr pesq stoi BLEUScore CHRFScore rouge1_fmeasure rougeL_recall BERTScore MeanIoU
DunnIndex clip_score WordInfoPreserved
"""
TORCHMETRICS_LOWER = """
CalibrationError HammingDistance HingeLoss MeanAbsoluteError MeanSquaredError MeanSquaredLogError LogCoshError
SymmetricMeanAbsolutePercentageError RelativeSquaredError MinkowskiDistance CharErrorRate WordErrorRate MatchErrorRate
WordInfoLost EditDistance Perplexity FrechetInceptionDistance fid kid lpips ErrorRelativeGlobalDimensionlessSynthesis
DaviesBouldinScore HausdorffDistance CriticalErrors_err wer cer mer ter
"""
OTHERS_HIGHER = """
metrics/mAP50(B) metrics/mAP50-95(B) metrics/mAP50-95(M) metrics/precision(B) metrics/recall(B) mAP_0.5 mAP_0.5:0.95
metrics/accuracy_top1 metrics/accuracy_top5 fitness test_roc_auc val/f1 val_acc valAcc eval_accuracy test.accuracy
epoch_accuracy binary_accuracy sparse_top_k_categorical_accuracy mean_io_u dice_coef dice_coefficient auc_1 aucpr bleu
sacrebleu meteor sari exact_match overall_f1 pass@1 pass@10 hits@10 recall@5 ndcg@10 map@10 sharpe_ratio sortino_ratio
win_rate winRate success_rate true_positive_rate true_negative_rate tnr npv episode_reward mean_reward eval/mean_return
fps throughput log_likelihood psnr ssim c_index acc_norm,none rougeLsum train/accuracy best_accuracy final_f1 mAP
coco/bbox_mAP_50 test/kappa testF1 trainAUC hota mota adj_r2
"""
OTHERS_LOWER = """
train/box_loss val/cls_loss val/dfl_loss val/obj_loss val/seg_loss val_loss valLoss train_loss_epoch val_loss_step
loss eval_loss total_loss categorical_crossentropy cross_entropy binary_crossentropy logcosh_error mlogloss
validation_0-logloss merror rmsle nloglik binary_logloss multi_error error_rate perplexity eval/perplexity ppl fpr fnr
false_positive_rate false_negative_rate false_discovery_rate miss_rate mse MAE rmse smape mase wape_err nrmse crps
negative_log_likelihood nll wer test_wer fid kid ece brier_score bits_per_byte bits_per_character mpjpe hausdorff epe
abs_rel eer model_size inference_ms latency_p99 train_seconds training.time dice_loss giou_loss iou_loss f1_loss
num_errors regret aic bic word_perplexity best_val_loss
"""
NONE = """
epoch step lr learning_rate score best_epoch best_loss_epoch best_val_loss_epoch batch_size hidden_size image_size size
step_size sample_size dataset_size bytes_per_second samples_per_second eval_samples_per_second tokens bytes_read

MonthlyMaxSeaLevelPressureValueTime arrivalTime time time_of_day
num_time_steps time_steps accuracy_std loss_std reward_std acc_stderr,none f1_variance accuracy_gap
generalization_gap loss_scale loss_weight iou_threshold conf_thres precision_threshold return_code feature_map_size
policy_loss entropy entropy_loss policy_entropy actor_loss g_loss d_loss generator_loss discriminator_loss
kl kl_divergence approx_kl pearson_corr spearmanr kendall_tau correlation positive_likelihood_ratio
neg_negative_likelihood_ratio
mean_error mean_bias_error mean_signed_error neg_loss neg_f1 recall_negative accuracy_reduction error_reduction
loss_ratio max_drawdown volatility alpha anomaly_score cosine_similarity cluster_size vocab_size effect_size
error_bar time_to_failure mapping glossary roles gini l2 grad_norm accuracy_loss
"""


def table(names: str) -> list[str]:
    return names.split()


@pytest.mark.parametrize("name", table(SCIKIT_LEARN_HIGHER + TORCHMETRICS_HIGHER + OTHERS_HIGHER))
def test_higher_is_better(name: str) -> None:
    assert direction(name) == "higher"


@pytest.mark.parametrize("name", table(SCIKIT_LEARN_LOWER + TORCHMETRICS_LOWER + OTHERS_LOWER))
def test_lower_is_better(name: str) -> None:
    assert direction(name) == "lower"


@pytest.mark.parametrize("name", table(NONE))
def test_a_metric_with_an_unknown_name_has_no_direction(name: str) -> None:
    assert direction(name) == ""


@pytest.mark.parametrize("name", table(SCIKIT_LEARN_HIGHER + SCIKIT_LEARN_LOWER + OTHERS_HIGHER + OTHERS_LOWER))
@pytest.mark.parametrize("around", ["val/{}", "test_{}", "metrics.{}", "{}_mean", "train/{}@fold0", "eval.json:{}"])
def test_prefixes_and_suffixes_of_a_name_change_nothing(name: str, around: str) -> None:
    assert direction(around.format(name)) == direction(name)
