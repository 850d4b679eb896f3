"""Words and phrases in the name of a metric that say whether higher or lower is better.

They are taken from the metrics of scikit-learn, torchmetrics, Hugging Face evaluate, Keras, XGBoost, LightGBM and YOLO.
Metrics whose direction depends on their use (correlations, divergences, the losses of adversaries) are in none of the
lists.
"""

HIGHER = """
accuracy acc auc auroc auprc aucpr prauc rocauc roc f1 f2 fbeta fscore precision recall sensitivity specificity tpr
tnr ppv npv r2 map ap mrr ndcg dcg hits bleu sacrebleu gleu rouge rougel rougelsum meteor chrf sari cider spice
bertscore bleurt comet mauve iou giou diou ciou miou dice jaccard kappa mcc matthews psnr ssim ssims msssim snr sdr
sisdr sisnr pesq stoi reward rewards return returns fps throughput fitness silhouette nmi ami ari winrate loglikelihood
cindex hota mota idf1 pck qini auuc faithfulness groundedness
"""
LOWER = """
loss losses error errors err rmse mae mse mape smape wmape mase msle rmsle rmspe nrmse nmse medae crps nll nloglik bce
logloss mlogloss merror crossentropy xent perplexity ppl wer cer mer eer ter wil der fid kid lpips fvd brier ece fpr
fnr fdr ergas hausdorff mpjpe epe ade fde aic bic regret latency duration seconds secs sec ms
"""
# Several words in a row. They are looked for before single words.
HIGHER_PHRASES = """
avg prec | avg precision | mean ap | r squared | r square | rsquared | adj r2 | explained variance | explained var
d2 absolute error | d2 log loss | d2 brier | d2 pinball | d2 tweedie | d2 score | true positive rate
true negative rate | negative predictive value | positive predictive value | win rate | hit rate | success rate
pass rate | hit ratio | solve rate | sharpe ratio | sharpe | sortino ratio | calmar ratio | information ratio
profit factor | exact match | pass at | pass k | pass 1 | pass 5 | pass 10 | pass 100 | f beta | matthews corr coef
rand score | rand index | mutual info score | mutual information score | v measure | fowlkes mallows
calinski harabasz | homogeneity score | completeness score | dunn index | mean io u | io u | dice coef
dice coefficient | dice score | log likelihood | bert score | clip score | inception score | signal noise ratio
signal to noise ratio | signal distortion ratio | concordance index | c index | word info preserved
structural similarity | normalized gini | elo rating | log auc
"""
LOWER_PHRASES = """
log loss | max error | zero one loss | hamming distance | hamming loss | hinge loss | davies bouldin | cross entropy
negative log likelihood | neg log likelihood | calibration error | coverage error | edit distance
levenshtein distance | bits per byte | bits per character | bits per dim | bits per pixel | false positive rate
false negative rate | false discovery rate | false alarm rate | miss rate | mean poisson deviance
mean gamma deviance | mean tweedie deviance | word info lost | match error rate | abs rel | sq rel | fall out
frechet distance | frechet inception distance | dice loss | iou loss | giou loss | ciou loss | diou loss
jaccard loss | ssim loss | f1 loss | auc loss | dice bce loss | model size | file size | checkpoint size
model bytes | file bytes | peak memory | memory usage | brier score loss | brier score | hausdorff distance
minkowski distance | relative squared error | bce dice loss | train time | training time | inference time | fit time
epoch time | eval time | evaluation time | predict time | prediction time | test time | score time | wall time
run time | elapsed time | total time | response time | processing time | execution time | time taken | time ms
time sec | time seconds | time s
"""
# Words that leave the direction unknown: rates and counts of something else, spreads, settings, and ambiguous names.
UNKNOWABLE = """
per batch sample samples dataset vocab threshold thresholds thres thresh weight weights scale scaler coef coefficient
code std stdev stddev sd stderr se var variance sem ci gap diff delta difference drop change reduction improvement gain
ratio disparity parity bias signed patience argmin argmax inverse limit budget stamp series steps survival uptime
between feature attention saliency importance corr correlation
"""
UNKNOWABLE_PHRASES = """
entropy loss | policy loss | policy gradient loss | actor loss | generator loss | discriminator loss | gen loss
disc loss | g loss | d loss | adversarial loss | gan loss | mean error | time step | loss spike | error bar
likelihood ratio | time to | map size
"""
# After `neg` these change their direction, as in scikit-learn's neg_mean_squared_error. Elsewhere `neg` may mean the
# loss on negatives or the recall of the negative class, so the direction is unknown.
TURNED = "mean median root max log brier mse mae rmse mape msle rmsle"
